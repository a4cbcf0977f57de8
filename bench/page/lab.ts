/** The page of the row `page`: what an app does, and how long the page's one thread is held for it. */
import * as Y from 'yjs'
import { pause } from './lab-client.ts'
import type { LabClient } from './lab-client.ts'
import { OurClient } from './lab-ours.ts'
import { StockClient } from './lab-stock.ts'

const PARAGRAPH = 'A paragraph that somebody wrote, of which a document has some. '.repeat(16)
/** Some sixty keys in a second. */
const KEY_MS = 16
/** The browser tells of tasks that are longer than this. */
const TOLD_LATE_MS = 200
const GAP_TURN_MS = 4

let client: LabClient
/** The same document, tied to nothing. */
let bare: Y.Doc

const ours = (): OurClient => {
  if (client instanceof OurClient) return client
  throw new Error('Only ours can do that.')
}

/** ms until the thread is free again: the turn in which `write` is called, with all microtasks behind it. */
const heldBy = async (write: () => void): Promise<number> => {
  const { port1, port2 } = new MessageChannel()
  const next = new Promise<number>((resolve) => {
    port1.addEventListener('message', () => resolve(performance.now()), { once: true })
    port1.start()
  })
  const begun = performance.now()
  write()
  port2.postMessage(undefined)
  const ms = (await next) - begun
  port1.close()
  return ms
}

/** Keys one behind the other somewhere in the middle, as somebody types. */
const typist = (doc: Y.Doc): (() => void) => {
  const text = doc.getText('text')
  let at = text.length >> 1
  return () => text.insert(at++, 'x')
}

/** Until the function that it gives is called: the longest task, as the browser tells it, and the longest time for which a timer of 4 ms had to wait. */
const watchThread = (): (() => Promise<{ taskMs: number; gapMs: number }>) => {
  let [taskMs, gapMs] = [0, 0]
  const watch = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) taskMs = Math.max(taskMs, duration)
  })
  watch.observe({ type: 'longtask' })
  let last = performance.now()
  const turn = (): void => {
    const now = performance.now()
    gapMs = Math.max(gapMs, now - last - GAP_TURN_MS)
    last = now
  }
  const timer = setInterval(turn, GAP_TURN_MS)
  return async () => {
    turn()
    clearInterval(timer)
    await pause(TOLD_LATE_MS)
    watch.disconnect()
    return { taskMs, gapMs }
  }
}

const lab = {
  /** ms until what this device keeps is in the document, which then has so many characters. */
  async open(whose: 'ours' | 'stock', name: string, characters: number): Promise<number> {
    const begun = performance.now()
    client = whose === 'ours' ? new OurClient(name) : new StockClient(name)
    await client.ready
    const ms = performance.now() - begun
    const { length } = client.doc.getText('text')
    if (length !== characters) throw new Error(`${length} characters, and not ${characters}`)
    return ms
  },
  settled: (): Promise<void> => client.settled(),
  /** Paragraphs, each written behind the first, as long as there are too few characters; how many there are then. */
  async fill(characters: number): Promise<number> {
    const text = client.doc.getText('text')
    for (let n = 0; text.length < characters; n++) {
      text.insert(Math.floor(text.length / 3), PARAGRAPH)
      if (n % 5 === 4) await pause(0)
    }
    return text.length
  },
  copy(): void {
    bare = new Y.Doc()
    Y.applyUpdate(bare, Y.encodeStateAsUpdate(client.doc))
  },
  /** Keys at a steady pace, in the tied document or in its copy: for how long each held the thread. */
  async type(where: 'tied' | 'bare', keys: number): Promise<number[]> {
    const type = typist(where === 'tied' ? client.doc : bare)
    const held: number[] = []
    for (let n = 0; n < keys; n++) {
      held.push(await heldBy(type))
      await pause(KEY_MS)
    }
    return held
  },
  /** Keys, each when the one before is on this device: ms until it was. */
  async store(keys: number): Promise<number[]> {
    const type = typist(client.doc)
    const stored: number[] = []
    for (let n = 0; n < keys; n++) {
      const begun = performance.now()
      await ours().stored(type)
      stored.push(performance.now() - begun)
      await pause(KEY_MS)
    }
    return stored
  },
  queue: (count: number): Promise<void> => ours().queue(count),
  /** What was queued goes out: ms until all of it is saved, and how long the thread was held meanwhile. */
  async drain(): Promise<{ ms: number; taskMs: number; gapMs: number }> {
    const watched = watchThread()
    const begun = performance.now()
    await ours().drain()
    const ms = performance.now() - begun
    return { ms, ...(await watched()) }
  },
}

export type Lab = typeof lab
Object.assign(globalThis, { lab })
