import type { Contestant } from './contestants.ts'
import type { Figures, Row, Setting } from './row.ts'
import { onStage } from './stage.ts'

/** What was measured of one row at one size: the figures of each contestant, round by round. */
export type Played = {
  readonly row: string
  readonly setting: string
  readonly rounds: Record<string, Figures[]>
  /** Of contestants that could not be measured: why. */
  readonly failures: Record<string, string>
}

export type PlayOptions = {
  readonly contestants: readonly Contestant[]
  readonly rounds: number
  readonly isQuick: boolean
  readonly say: (line: string) => void
}

/** Every round begins with another one, and goes the other way each time: what the machine does meanwhile harms all alike. */
export const orderOf = <Item>(items: readonly Item[], round: number): Item[] => {
  const from = items.length === 0 ? 0 : (round >> 1) % items.length
  const turned = [...items.slice(from), ...items.slice(0, from)]
  return round % 2 === 0 ? turned : turned.toReversed()
}

const brief = (row: Row, figures: Figures): string =>
  row.columns
    .map(({ key, unit }) => `${key} ${Number(figures[key]).toPrecision(4)} ${unit}`.trim())
    .join(', ')

/** Plays a row at one size in alternating rounds. A contestant that fails once is left out from then on, with its reason. */
export const playRow = async (
  row: Row,
  setting: Setting,
  { contestants, rounds, isQuick, say }: PlayOptions,
): Promise<Played> => {
  const played: Played = { row: row.name, setting: setting.name, rounds: {}, failures: {} }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of orderOf(contestants, round)) {
      const { name } = contestant
      if (played.failures[name] !== undefined) continue
      try {
        const figures = await onStage(contestant, isQuick, (stage) => row.run(stage, setting))
        played.rounds[name] = [...(played.rounds[name] ?? []), figures]
        say(`${row.name} | ${setting.name} | ${round + 1} | ${name}: ${brief(row, figures)}`)
      } catch (error) {
        played.failures[name] = error instanceof Error ? error.message : String(error)
        say(`${row.name} | ${setting.name} | ${round + 1} | ${name}: ${played.failures[name]}`)
      }
    }
  }
  return played
}
