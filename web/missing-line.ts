import type { Room } from '../kit/index.ts'
import { element } from './element.ts'
import { download } from './entries/download.ts'
import { hexOf } from './entries/entry-lists.ts'
import { createNoticeLine } from './notice-line.ts'

const bytesAsHex = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { hex: hexOf(value) } : value

/** What a page says of events that it had read and that the relay has lost (C13); undefined where there are none. */
export const missingSentence = (missingEvents: number): string | undefined => {
  if (missingEvents === 0) return undefined
  const [events, come, them] =
    missingEvents === 1 ? ['event', 'It comes', 'it'] : ['events', 'They come', 'them']
  const count = missingEvents.toLocaleString('en')
  return `The relay lost ${count} ${events} of other people that this page had seen. ${come} back when the writer’s browser opens this room again; until then this page has ${them}, while it is open.`
}

/** That sentence, with the events as a file for who asks; hidden while there are none. */
export const createMissingLine = (
  room: Pick<Room, 'name' | 'missing'>,
): ReturnType<typeof createNoticeLine<number>> => {
  const button = element('button', { text: 'Save them as a file', attributes: { type: 'button' } })
  button.addEventListener('click', () => {
    const events = { room: room.name, missing: room.missing() }
    download(`${room.name}-missing.json`, `${JSON.stringify(events, bytesAsHex, 2)}\n`)
  })
  return createNoticeLine('restored', missingSentence, [button])
}
