export function bundledRelay(): Promise<{
  readonly main: string
  readonly cli: string
  readonly index: string
  readonly supervise: string
}>
