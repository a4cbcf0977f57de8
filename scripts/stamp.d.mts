/** The project's folder, absolute. */
export const root: string

export function filesUnder(folder: string, skip?: (relativePath: string) => boolean): string[]
export function stampOf(files: readonly string[], facts?: readonly string[]): string
export function readStamp(file: string): string | null
