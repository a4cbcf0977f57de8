export type Edit = { readonly file: string; readonly find: string; readonly replace: string }
export function bundleSimulator(outfile: string, edits?: readonly Edit[]): Promise<void>
