import { readKey } from '../client-report.ts'
import type { EntryKey } from '../client-report.ts'
import { fieldsOf, isCount } from '../frame-messages.ts'

/** A record of a room’s log, as far as the story looks at it. */
export type LogRecord = EntryKey & {
  readonly offset: number
  readonly user: string
  readonly kind: string
  /** The key that it had before it got another. */
  readonly origin?: EntryKey
  readonly update?: Uint8Array<ArrayBuffer>
}

export type RoomLog = { readonly head: number; readonly records: readonly LogRecord[] }

type Question = {
  /** The newest record that is known already. */
  readonly after?: number
  /** With what the records hold. */
  readonly hasPayload?: boolean
  readonly token?: string
}

const TIMEOUT_MS = 5000

/**
 * What the relay has on its disk of a room. Rejects where it does not answer, or with anything else than a log: nobody may
 * take that for an empty one.
 */
export const readRoomLog = async (
  room: string,
  { after = 0, hasPayload = false, token = '' }: Question = {},
): Promise<RoomLog> => {
  const records: LogRecord[] = []
  for (let through = after; ;) {
    const query = `after=${through}${hasPayload ? '&payload=1' : ''}`
    const response = await fetch(`/rooms/${encodeURIComponent(room)}/log?${query}`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(token !== '' && { headers: { Authorization: `Bearer ${token}` } }),
    })
    if (!response.ok) throw new Error(`The relay answered ${response.status}.`)
    const page = readLogPage(await response.json())
    if (page === undefined || (page.through <= through && page.head > through)) {
      throw new Error('The relay did not answer with a log.')
    }
    records.push(...page.records)
    through = page.through
    if (through >= page.head) return { head: page.head, records }
  }
}

/** One answer of the relay, or undefined where anything of it is not as agreed. */
export const readLogPage = (
  answer: unknown,
): (RoomLog & { readonly through: number }) | undefined => {
  const { head, through, records } = fieldsOf(answer)
  if (!isCount(head) || !isCount(through) || !Array.isArray(records)) return undefined
  const read = records.map(readRecord)
  return read.every((record) => record !== undefined) ? { head, through, records: read } : undefined
}

const readRecord = (value: unknown): LogRecord | undefined => {
  const { offset, user, kind, origin, updateBase64 } = fieldsOf(value)
  const key = readKey(value)
  const first = origin === undefined ? undefined : readKey(origin)
  const isRecord = isCount(offset) && typeof user === 'string' && typeof kind === 'string'
  if (!isRecord || key === undefined) return undefined
  if (origin !== undefined && first === undefined) return undefined
  return {
    ...key,
    offset,
    user,
    kind,
    ...(first !== undefined && { origin: first }),
    ...(typeof updateBase64 === 'string' && { update: bytesOf(updateBase64) }),
  }
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
