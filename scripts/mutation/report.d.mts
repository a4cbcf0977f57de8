export type Mutant = {
  /** Relative to the project's folder. */
  readonly file: string
  readonly was: string
  readonly is: string
  /** Of Stryker: Killed, Timeout, Survived, NoCoverage, Ignored and others. */
  readonly status: string
}
export type Explained = Omit<Mutant, 'status'>
export type Totals = {
  readonly valid: number
  readonly killed: number
  readonly timedOut: number
  readonly survived: number
  readonly uncovered: number
  readonly ignored: number
  readonly broken: number
  readonly score: number
}
type Place = { readonly line: number; readonly column: number }

export function writtenDown(
  mutant: {
    readonly location: { readonly start: Place; readonly end: Place }
    readonly replacement: string
  },
  source: string,
): { readonly was: string; readonly is: string }
export function explainedIn(page: string): Explained[]
export function compare(
  mutants: readonly Mutant[],
  explained: readonly Explained[],
): { readonly unexplained: readonly Mutant[]; readonly stale: readonly Explained[] }
export function totals(mutants: readonly Mutant[]): Totals
export function tableOf(mutants: readonly Mutant[]): string[]
