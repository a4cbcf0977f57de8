export type ScenarioResult = {
  /** `P12, O11, S2: what happens`. */
  readonly title: string
  readonly isOk: boolean
  readonly ms: number
  readonly said: readonly string[]
}

export function browserResults(report: unknown): ScenarioResult[]
export function scenarioTable(results: {
  readonly node: readonly ScenarioResult[]
  readonly browser: readonly ScenarioResult[]
}): string[]
