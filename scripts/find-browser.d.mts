/** Fit for Playwright's `launchOptions` and for `chromium.launchPersistentContext`. */
export type FoundBrowser = { executablePath: string; args: string[] }

export function findBrowser(): Promise<FoundBrowser>
export function browserArgs(): string[]
