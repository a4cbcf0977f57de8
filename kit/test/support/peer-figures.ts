/**
 * `npm run peer-figures`: what the help of other browsers saves and costs. Pages, relay and links are in this one process, the links in memory: of a
 * browser's WebRTC nothing is in these figures. CPU is that of the whole process, so that it counts every page and the relay.
 */
import * as Y from 'yjs'
import { MemoryPeerNet } from '../../peers/memory-peers.ts'
import { TestPage, TestRelay, until, untilSaved } from './page.ts'
import { poll } from './poll.ts'

const JOINERS = 20
const EVENTS = 2000
const TYPED = 'Nobody will finish what somebody else left half done. '.repeat(200)
const EDITS = 200

type Browser = { readonly page: TestPage; readonly doc: Y.Doc }

const relay = await new TestRelay().start({ receiptSecret: new Uint8Array(32).fill(8) })
let rooms = 0

const open = (user: string, room: string, net: MemoryPeerNet | undefined): Browser => {
  const doc = new Y.Doc()
  const help = net === undefined ? {} : { net, peers: {} }
  return { page: new TestPage({ url: relay.url, room, user, doc, ...help }), doc }
}
const close = (browsers: readonly Browser[]): Promise<unknown> =>
  Promise.all(browsers.map(({ page }) => page.room.close()))
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** What the relay sends while so many join one after the other, each staying. */
const egress = async (net: MemoryPeerNet | undefined): Promise<number> => {
  const room = `figures-${++rooms}`
  const first = open('first', room, net)
  await untilSaved(first.page.room)
  for (let n = 0; n < EVENTS; n++) void first.page.room.push('said', { n, text: 'what was said' })
  for (const letter of TYPED) {
    const text = first.doc.getText('text')
    text.insert(text.length, letter)
  }
  await untilSaved(first.page.room)
  const { lastOffset } = first.page.room.status.current
  const before = relay.figures.bytesOut
  const joined: Browser[] = []
  for (let n = 0; n < JOINERS; n++) {
    const browser = open(`joiner${n}`, room, net)
    joined.push(browser)
    await until(
      browser.page.room,
      (status) => status.connection === 'live' && status.lastOffset >= lastOffset,
    )
  }
  const bytes = relay.figures.bytesOut - before
  await close([first, ...joined])
  return bytes
}

/** Edits one by one, each awaited: how long one takes to be saved, and what it costs. */
const edits = async (isCarried: boolean): Promise<{ ms: number; cpuMs: number }> => {
  const [room, net] = [`figures-${++rooms}`, new MemoryPeerNet()]
  const [ann, bob] = [open('ann', room, net), open('bob', room, net)]
  await Promise.all([untilSaved(ann.page.room), untilSaved(bob.page.room)])
  await poll(() => ann.page.room.status.current.directPeers === 1, 'they are linked')
  if (isCarried) {
    ann.page.faults.goOffline()
    await until(ann.page.room, ({ connection }) => connection !== 'live')
  }
  const took: number[] = []
  const before = process.cpuUsage()
  for (let n = 0; n < EDITS; n++) {
    const since = performance.now()
    void ann.page.room.push('said', { n })
    await until(ann.page.room, ({ save }) => save !== 'saved')
    await until(ann.page.room, ({ save }) => save === 'saved')
    took.push(performance.now() - since)
  }
  const { user, system } = process.cpuUsage(before)
  await close([ann, bob])
  return { ms: median(took), cpuMs: (user + system) / 1000 / EDITS }
}

const kib = (bytes: number): string => `${Math.round(bytes / 1024).toLocaleString('en')} KiB`

await edits(false)
const alone = await egress(undefined)
const helped = await egress(new MemoryPeerNet())
const share = Math.round((100 * (alone - helped)) / alone)
const direct = await edits(false)
const carried = await edits(true)
process.stdout
  .write(`| bytes that the relay sent to ${JOINERS} joiners of a room of ${EVENTS + TYPED.length} entries | ${kib(alone)} |
| the same with direct links | ${kib(helped)}: ${share} % saved |
| an edit until its light is green, median of ${EDITS} | ${direct.ms.toFixed(1)} ms by its own link, ${carried.ms.toFixed(1)} ms carried |
| CPU of it, all pages and the relay | ${direct.cpuMs.toFixed(1)} ms by its own link, ${carried.cpuMs.toFixed(1)} ms carried |\n`)
await relay.stop()
