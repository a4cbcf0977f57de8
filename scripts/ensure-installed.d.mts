export function whyNotNode(version: string): string | null
export function whyNotInstalled(said: string): string
export function installStamp(): string
