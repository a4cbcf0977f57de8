import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PeerFigures, TraceEvent } from '../../kit/index.ts'
import { EditWays, wayWords } from '../dashboard/edit-ways.ts'
import { directLinksSentence } from '../direct-links-words.ts'
import { routeWords } from '../story/peer-route.ts'

const settled = (atMs: number, way: 'relay' | 'tab', wasSent = true): TraceEvent => {
  const ackMs = wasSent ? 3 : undefined
  return { type: 'settled', author: 'a', seq: 1, offset: 1, ackMs, atMs, way }
}
const receipted = (atMs: number, user: string): TraceEvent => {
  return { type: 'receipted', entries: 1, atMs, user }
}

const wordsAfter = (...events: readonly TraceEvent[]): readonly string[] => {
  const ways = new EditWays()
  for (const event of events) ways.take(event)
  return ways.newest.map(wayWords)
}

suite('the ways of edits', () => {
  test('are told with who brought the receipt and for whom this page carries', () => {
    assert.deepEqual(
      wordsAfter(
        settled(1, 'relay'),
        settled(5000, 'tab', false),
        receipted(10_000, 'bob'),
        settled(12_000, 'relay', false),
        { type: 'carried', atMs: 15_000, entries: 3, user: 'cem' },
        { type: 'brought', atMs: 15_001, entries: 1, user: 'cem' },
        { type: 'stored', atMs: 15_002, rows: 1 },
      ),
      [
        '1 edit of cem: in the log, the receipt goes back',
        '3 edits of cem: carried here, on the way to the relay',
        '1 edit: this page → direct link → relay → receipt → bob’s browser → this page',
        '1 edit: another tab of this browser had the relay’s word',
        '1 edit: this page → the relay',
      ],
    )
  })

  test('are one line where they are alike and soon after each other', () => {
    const [one] = wordsAfter(receipted(1, 'bob'), receipted(900, 'bob'))
    assert.match(one!, /^2 edits: /)
    assert.equal(wordsAfter(receipted(1, 'bob'), receipted(900, 'cem')).length, 2)
    assert.equal(wordsAfter(settled(1, 'relay'), settled(2001, 'relay')).length, 2)
    const many = Array.from({ length: 20 }, (_, at) => settled(at * 3000, 'relay'))
    assert.equal(wordsAfter(...many).length, 8)
  })
})

suite('direct links', () => {
  const figures: PeerFigures = {
    isOn: true,
    isAvailable: true,
    links: 0,
    failed: 0,
    carried: 0,
    carriedBytes: 0,
    logBytes: { fetched: 0, given: 0 },
    receiptsBrought: 0,
    refused: 0,
    dropped: {},
  }

  test('say why there are none', () => {
    const say = (change: Partial<PeerFigures>, others = 1): string =>
      directLinksSentence({ ...figures, ...change }, others)
    assert.equal(say({ links: 1 }), '1 direct peer.')
    assert.equal(say({ links: 2, failed: 3 }), '2 direct peers.')
    assert.match(say({ isAvailable: false }), /^No direct peers: this browser makes no direct/)
    assert.match(say({ isOn: false }), /does not look/)
    assert.match(say({ failed: 1 }), /no way was found/)
    assert.match(say({}, 0), /nobody else/)
    assert.equal(say({}), 'No direct peers yet.')
  })

  test('of the story say what is known of its one', () => {
    const client = { help: 'on', directPeers: 1 } as const
    assert.equal(routeWords({ client, broughtCount: 7 }), '7 saved by receipt')
    assert.equal(routeWords({ client, broughtCount: 0 }), 'direct link open')
    assert.match(routeWords({ client: { ...client, directPeers: 0 }, broughtCount: 0 }), /yet/)
    const none = { help: 'none', directPeers: 0 } as const
    assert.match(routeWords({ client: none, broughtCount: 0 }), /no direct peers: this browser/)
  })
})
