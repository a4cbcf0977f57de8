import { readTextFacts } from './client-report.ts'
import type { TextFacts } from './client-report.ts'
import { fieldsOf, isCount } from './frame-messages.ts'
import type { Fields } from './frame-messages.ts'

/** One edit as Yjs counts: the letters `from` up to and without `to` of one Yjs client. */
export type EditRange = { readonly client: number; readonly from: number; readonly to: number }

/** What the stock provider says of itself, and not a word more; and what was written in this page. */
export type OrdinaryReport = TextFacts & {
  readonly status: 'connecting' | 'connected' | 'disconnected'
  readonly isSynced: boolean
  /** What y-indexeddb says: undefined where there is none. */
  readonly isKept: boolean | undefined
  readonly isCut: boolean
  readonly edits: readonly EditRange[]
}

const STATUSES: readonly unknown[] = ['connecting', 'connected', 'disconnected']

export const isStatus = (value: unknown): value is OrdinaryReport['status'] =>
  STATUSES.includes(value)

/** The report that was told, or undefined where anything of it is not as agreed. */
export const readOrdinaryReport = (told: Fields): OrdinaryReport | undefined => {
  const { status, isSynced, isKept, isCut } = told
  const text = readTextFacts(told)
  const edits = readEdits(told['edits'])
  const isReport =
    isStatus(status) &&
    typeof isSynced === 'boolean' &&
    (isKept === undefined || typeof isKept === 'boolean') &&
    typeof isCut === 'boolean'
  if (!isReport || text === undefined || edits === undefined) return undefined
  return { ...text, status, isSynced, isKept, isCut, edits }
}

const readEdits = (value: unknown): readonly EditRange[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const edits = value.map((each): EditRange | undefined => {
    const { client, from, to } = fieldsOf(each)
    return isCount(client) && isCount(from) && isCount(to) && from < to
      ? { client, from, to }
      : undefined
  })
  return edits.every((edit) => edit !== undefined) ? edits : undefined
}
