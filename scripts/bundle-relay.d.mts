export function bundledRelay(): Promise<{
  readonly main: string
  readonly cli: string
  readonly supervise: string
}>
