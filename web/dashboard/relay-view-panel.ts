import { HoldfastError } from '../../kit/index.ts'
import type { RelayView, Room } from '../../kit/index.ts'
import { element } from '../element.ts'
import { clockWords } from './amounts.ts'
import type { Glance, Part } from './glance.ts'
import { relayPairs } from './relay-pairs.ts'
import type { PageView, RelayPair } from './relay-pairs.ts'
import type { Recording } from './recording.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'

const ASK_EVERY_MS = 5000

const NOT_ASKED =
  'The relay was not asked yet. It is, every 5 seconds, as long as this drawer is open and the connection is live.'

/** What the relay thinks of this page beside what the page thinks. It asks while somebody looks. */
export const createRelayViewPanel = (
  room: Room,
  recording: Recording,
): Part & {
  readonly lookedAt: (isSeen: boolean) => void
  readonly latest: () => RelayView | undefined
} => {
  const note = element('p', { class: 'dash-empty', text: NOT_ASKED })
  const body = element('tbody')
  const table = element('table', { class: 'pairs', attributes: { hidden: '' } }, [
    element('caption', { class: 'unseen', text: 'This page and the relay, side by side' }),
    element('thead', {}, [
      element('tr', {}, [
        ...['', 'this page', 'the relay'].map((text) =>
          element('th', { text, attributes: { scope: 'col' } }),
        ),
      ]),
    ]),
    body,
  ])
  let latest: RelayView | undefined
  let latestMs = 0
  const rows = new Map<string, ReturnType<typeof createPairRow>>()
  const ask = async (): Promise<void> => {
    if (room.status.current.connection !== 'live') return
    const askedMs = Date.now()
    try {
      latest = await room.relayView()
    } catch (error) {
      // The connection went while the question was on its way: the next one is asked when there is one again.
      if (error instanceof HoldfastError) return
      throw error
    }
    latestMs = Date.now()
    const page = pageView(room, recording, latestMs, askedMs)
    showPairs(body, rows, relayPairs(page, latest))
    table.hidden = false
  }
  let timer: ReturnType<typeof setInterval> | undefined
  let wasLive = false
  return {
    element: createSection(
      'What the relay thinks of this page',
      'relay-view',
      [note, table],
      'Relay’s view',
    ),
    latest: () => latest,
    lookedAt: (isSeen) => {
      clearInterval(timer)
      timer = undefined
      if (!isSeen) return
      void ask()
      timer = setInterval(() => void ask(), ASK_EVERY_MS)
    },
    show: ({ status }: Glance) => {
      const isLive = status.connection === 'live'
      if (isLive && !wasLive && timer !== undefined) void ask()
      wasLive = isLive
      if (latest === undefined) return
      note.className = 'dash-note'
      const at = clockWords(latestMs)
      setText(
        note,
        isLive
          ? `Asked at ${at}. A mark says where the two differ, and why that may be.`
          : `There is nobody to ask now. This is what it said at ${at}.`,
      )
    },
  }
}

const pageView = (room: Room, recording: Recording, nowMs: number, askedMs: number): PageView => {
  const { durable, applied } = room.figures().offsets
  const live = recording.history.all().findLast(({ word }) => word === 'greeting')
  return {
    user: room.presence.current.find(({ isSelf }) => isSelf)?.user,
    durable,
    applied,
    connectedMs: live === undefined ? undefined : nowMs - live.atMs,
    answerMs: nowMs - askedMs,
  }
}

const showPairs = (
  body: HTMLElement,
  rows: Map<string, ReturnType<typeof createPairRow>>,
  pairs: readonly RelayPair[],
): void => {
  for (const pair of pairs) {
    let row = rows.get(pair.what)
    if (row === undefined) {
      row = createPairRow(pair.what)
      rows.set(pair.what, row)
      body.append(...row.elements)
    }
    row.show(pair)
  }
}

const createPairRow = (
  what: string,
): { elements: readonly HTMLElement[]; show: (pair: RelayPair) => void } => {
  const page = element('td', { class: 'figure' })
  const relay = element('td', { class: 'figure' })
  const why = element('td', { attributes: { colspan: '3' } })
  const row = element('tr', {}, [
    element('th', { text: what, attributes: { scope: 'row' } }),
    page,
    relay,
  ])
  const reason = element('tr', { class: 'pair-why', attributes: { hidden: '' } }, [why])
  return {
    elements: [row, reason],
    show: (pair) => {
      setText(page, pair.page)
      setText(relay, pair.relay)
      row.classList.toggle('is-different', pair.difference !== undefined)
      reason.hidden = pair.difference === undefined
      setText(why, pair.difference === undefined ? '' : `≠ ${pair.difference}`)
    },
  }
}
