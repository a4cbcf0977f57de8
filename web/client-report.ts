import { SAVE_SENTENCES, saveSentence } from '../kit/index.ts'
import type { ConnectionState, Figures, PendingEntry, SaveState, Status } from '../kit/index.ts'
import { fieldsOf, isCount } from './frame-messages.ts'
import type { Fields } from './frame-messages.ts'

/** The key of an entry: who wrote it, as the how-manieth. */
export type EntryKey = { readonly author: string; readonly seq: number }

/** What every client in a frame tells, whatever it is made of. */
export type TextFacts = {
  readonly textLength: number
  /** How often somebody wrote into the field by hand since the page was opened. */
  readonly handInputs: number
}

/** How a client is, told at the start and after every change. */
export type ClientReport = TextFacts & {
  readonly save: SaveState
  readonly sentence: string
  readonly pendingCount: number
  readonly connection: ConnectionState
  readonly rttMs: number | undefined
  /** Whether somebody cut its network here. */
  readonly isCut: boolean
  /** The newest record of the relay's log that it knows of. */
  readonly headOffset: number
  /** Of the entries that wait, those that have a key already. */
  readonly pendingKeys: readonly EntryKey[]
  /** Whether other browsers help; `none`: there are no direct links here. */
  readonly help: 'none' | 'off' | 'on'
  readonly directPeers: number
  /** Entries that are saved by a receipt that another browser brought. */
  readonly byPeer: number
}

const HELP: readonly unknown[] = ['none', 'off', 'on']

const CONNECTIONS: readonly unknown[] = [
  ...['offline', 'waiting', 'connecting', 'catching-up', 'live', 'refused', 'closed'],
] satisfies string[]

export const reportOf = (
  status: Status,
  pending: readonly PendingEntry[],
  { peers, settledBy }: Pick<Figures, 'peers' | 'settledBy'>,
  isCut: boolean,
  text: TextFacts,
): ClientReport => ({
  ...text,
  save: status.save,
  sentence: saveSentence(status),
  pendingCount: status.pendingCount,
  connection: status.connection,
  rttMs: status.rttMs,
  isCut,
  headOffset: status.headOffset,
  pendingKeys: pending.map(({ author, seq }) => ({ author, seq })),
  help: peers.isAvailable ? (peers.isOn ? 'on' : 'off') : 'none',
  directPeers: status.directPeers,
  byPeer: settledBy.peer,
})

/** The report that was told, or undefined where anything of it is not as agreed. */
export const readClientReport = (told: Fields): ClientReport | undefined => {
  const { save, sentence, pendingCount, connection, rttMs, isCut, headOffset } = told
  const { help, directPeers, byPeer } = told
  const text = readTextFacts(told)
  const pendingKeys = readKeys(told['pendingKeys'])
  const isReport =
    typeof save === 'string' &&
    Object.hasOwn(SAVE_SENTENCES, save) &&
    typeof sentence === 'string' &&
    isCount(pendingCount) &&
    CONNECTIONS.includes(connection) &&
    (rttMs === undefined || typeof rttMs === 'number') &&
    typeof isCut === 'boolean' &&
    isCount(headOffset) &&
    HELP.includes(help) &&
    isCount(directPeers) &&
    isCount(byPeer)
  if (!isReport || text === undefined || pendingKeys === undefined) return undefined
  const known = { save, sentence, pendingCount, connection, rttMs, isCut, headOffset, pendingKeys }
  return { ...text, ...known, help, directPeers, byPeer } as ClientReport
}

export const readTextFacts = ({ textLength, handInputs }: Fields): TextFacts | undefined =>
  isCount(textLength) && isCount(handInputs) ? { textLength, handInputs } : undefined

const readKeys = (value: unknown): readonly EntryKey[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const keys = value.map(readKey)
  return keys.every((key) => key !== undefined) ? keys : undefined
}

export const readKey = (value: unknown): EntryKey | undefined => {
  const { author, seq } = fieldsOf(value)
  return typeof author === 'string' && isCount(seq) ? { author, seq } : undefined
}
