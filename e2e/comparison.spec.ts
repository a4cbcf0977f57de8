import type { BrowserContext } from 'playwright/test'
import { connectionDraws } from '../kit/testing/fault-draws.ts'
import { comesTrue, playCase } from './comparison-stage.ts'
import type { Stage } from './comparison-stage.ts'
import { RoomPage } from './room-page.ts'
import { expect } from './support/test.ts'

/* Each row of the comparison, played with the same steps on the stock set-ups and on Holdfast. */

/** What goes by itself has gone by then. */
const BY_ITSELF_MS = 8000

/** Somebody writes what is stored, goes offline, and writes something that is on this device, if anything keeps it there. */
const writeOffline = async (
  stage: Stage,
  device: BrowserContext,
): Promise<{ readonly client: RoomPage; readonly mark: string }> => {
  const client = await stage.open('ada', device)
  await stage.expectStored(await client.type())
  await client.goOffline()
  const mark = await client.type()
  await stage.whenOnDevice(client, mark)
  expect(await stage.stored()).not.toContain(mark)
  return { client, mark }
}

/** The same room is opened on the same device: `back` if the text comes with it and is stored then, `lost` if not. */
const reopened = async (
  stage: Stage,
  device: BrowserContext,
  mark: string,
  back: string,
): Promise<string> => {
  const client = await stage.open('ada', device)
  // When this is stored, all that was to come before it has come.
  const last = await client.type()
  await stage.expectStored(last)
  if (!(await client.text()).includes(mark)) {
    expect(await stage.stored()).not.toContain(mark)
    return 'lost'
  }
  await stage.expectAll(client)
  return back
}

/** Another room of the app is opened on the device; the first one only if that did not bring the text. */
const otherRoomOpened = async (
  stage: Stage,
  device: BrowserContext,
  mark: string,
): Promise<string> => {
  const other = `${stage.room}-other`
  const client = await stage.open('ada', device, other)
  await client.typeText('elsewhere')
  await stage.expectStored('elsewhere', other)
  const isSent = await comesTrue(async () => (await stage.stored()).includes(mark), BY_ITSELF_MS)
  await client.close()
  return isSent ? 'kept' : reopened(stage, device, mark, 'late')
}

playCase('two-online', 'both write, and all is everywhere', async (stage) => {
  const ada = await stage.open('ada')
  const tim = await stage.open('tim')
  for (let round = 0; round < 3; round++) {
    await ada.typeLetters(5)
    await tim.typeLetters(5)
  }
  await stage.expectAll(ada, tim)
  return 'kept'
})

playCase('cut-and-back', 'one writes while cut off and comes back', async (stage) => {
  const ada = await stage.open('ada')
  const tim = await stage.open('tim')
  await tim.expectText(await ada.type())
  await ada.expectText(await tim.type())
  await ada.goOffline()
  const mark = await ada.type()
  await tim.type()
  expect(await tim.text()).not.toContain(mark)
  await ada.comeBack()
  await stage.expectAll(ada, tim)
  return 'kept'
})

playCase('reload-offline', 'written offline, closed, the same room opened again', async (stage) => {
  const device = await stage.newDevice()
  const { client, mark } = await writeOffline(stage, device)
  await client.close()
  return reopened(stage, device, mark, 'kept')
})

playCase('twice-and-swapped', 'frames come twice and out of order', async (stage) => {
  const ada = await stage.open('ada')
  const tim = await stage.open('tim')
  for (const client of [ada, tim]) {
    await client.set({
      duplicateUp: 0.3,
      duplicateDown: 0.3,
      reorderUp: 0.3,
      reorderDown: 0.3,
      reorderFrames: 3,
    })
  }
  await expect(async () => {
    for (const client of [ada, tim]) await client.typeLetters(6)
    for (const client of [ada, tim]) {
      const { duplicateUp, duplicateDown, reorderUp, reorderDown } = await client.fired()
      expect(Math.min(duplicateUp, duplicateDown, reorderUp, reorderDown)).toBeGreaterThan(0)
    }
  }).toPass({ timeout: 40_000 })
  for (const client of [ada, tim]) await client.noFaults()
  await stage.expectAll(ada, tim)
  return 'kept'
})

playCase('room-not-reopened', 'written offline, and another room is opened', async (stage) => {
  const device = await stage.newDevice()
  const { client, mark } = await writeOffline(stage, device)
  await client.close()
  return otherRoomOpened(stage, device, mark)
})

playCase('synced-not-stored', 'the relay hangs and dies with what was typed', async (stage) => {
  const device = await stage.newDevice()
  const client = await stage.open('ada', device)
  await stage.expectStored(await client.type())
  stage.relay.freeze()
  const mark = await client.type()
  await stage.whenOnDevice(client, mark)
  expect(await client.said()).toBe(stage.isStock ? 'connected yes' : 'saving')
  await client.close()
  await stage.relay.kill('SIGKILL')
  await stage.relay.startAgain()
  expect(await stage.stored()).not.toContain(mark)
  return otherRoomOpened(stage, device, mark)
})

playCase('app-events', 'what is drawn is an event of its own, or is not', async (stage) => {
  const ada = await stage.open('ada')
  const tim = await stage.open('tim')
  await ada.drawLine()
  await tim.expectShapes(1)
  await tim.drawCircle()
  await ada.expectShapes(2)
  const events = (await stage.records()).filter(({ name }) => name?.startsWith('board.') ?? false)
  if (events.length === 0) return 'missing'
  expect(events.map(({ user, kind }) => `${user} ${kind}`)).toEqual(['ada event', 'tim event'])
  return 'kept'
})

/** What a page would say that could not keep something. */
const WORDS_OF_LOSS = /not protected|quota|storage|could not/i

playCase('full-quota', 'nothing fits into the browser', async (stage) => {
  const device = await stage.newDevice()
  const origin = stage.relay.url
  const client = await RoomPage.open(
    device,
    origin,
    stage.setUp,
    { room: stage.room, user: 'ada' },
    stage.journal,
    async (page) => {
      const debug = await device.newCDPSession(page)
      await debug.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
    },
  )
  await client.whenConnected()
  await stage.expectStored(await client.type())
  await client.goOffline()
  const mark = await client.type()
  if (stage.isStock) await expect(client.page.locator('body')).not.toContainText(WORDS_OF_LOSS)
  const isTold = stage.isStock
    ? false
    : await comesTrue(async () => (await client.said()) === 'volatile', BY_ITSELF_MS)
  let isAsked = false
  client.page.on('dialog', (dialog) => {
    isAsked = dialog.type() === 'beforeunload'
    void dialog.accept()
  })
  await client.page.close({ runBeforeUnload: true })
  await expect.poll(() => client.page.isClosed()).toBe(true)
  expect(isAsked).toBe(isTold)
  const after = await reopened(stage, device, mark, 'kept')
  return after === 'lost' && isTold ? 'told' : after
})

playCase('lost-frame', 'one frame of what is typed is lost', async (stage) => {
  const ada = await stage.open('ada')
  const tim = await stage.open('tim')
  await tim.expectText(await ada.type())
  await ada.set({ lossUp: 1 })
  await ada.typeLetters(1)
  expect((await ada.fired()).lossUp).toBeGreaterThan(0)
  await ada.set({ lossUp: 0 })
  const behind = await ada.type()
  await ada.expectText(await tim.type())
  const isSeen = await comesTrue(async () => (await tim.text()).includes(behind), BY_ITSELF_MS)
  if (!isSeen) {
    expect(await ada.said()).toBe('connected yes')
    await ada.cut()
  }
  await stage.expectAll(ada, tim)
  return isSeen ? 'kept' : 'late'
})

/** Long enough that a byte in the middle of the frame is one of the text. */
const PARAGRAPH = 'The quick brown fox jumps over the lazy dog. '.repeat(40)

/**
 * A seed with which each of the first frames of a connection, if it is spoilt, is spoilt in its middle and by less than the
 * highest bit: a letter becomes another one. Half of all spoilt letters become none, and Yjs throws the update away.
 */
const seedThatSpoilsLetters = (): number => {
  for (let seed = 1; ; seed++) {
    const { corrupt } = connectionDraws(seed, 0).up
    const isGood = (): boolean => {
      corrupt()
      const [at, by] = [corrupt(), corrupt()]
      return at > 0.05 && at < 0.95 && by < 0.49
    }
    if (Array.from({ length: 12 }, (_, frame) => isGood() || frame < 2).every(Boolean)) return seed
  }
}

playCase('spoilt-byte', 'one byte of what is pasted is spoilt', async (stage) => {
  const ada = await stage.open('ada')
  const tim = await stage.open('tim')
  await tim.expectText(await ada.type())
  await ada.editor.press('ControlOrMeta+End')
  await ada.set({ seed: seedThatSpoilsLetters() })
  await ada.cut()
  await ada.whenConnected()
  await ada.editor.press('ControlOrMeta+End')
  await ada.set({ corruptUp: 1 })
  await ada.page.keyboard.insertText(PARAGRAPH)
  await expect.poll(async () => (await ada.fired()).corruptUp).toBeGreaterThan(0)
  await ada.set({ corruptUp: 0 })
  // Whatever a new connection mends is mended.
  await ada.cut()
  await ada.whenConnected()
  await tim.expectText(await ada.type())
  if ((await ada.text()) !== (await tim.text())) {
    expect(await ada.said()).toBe('connected yes')
    expect(await stage.stored(), 'and for whoever comes later').not.toContain(PARAGRAPH)
    return 'spoilt'
  }
  expect(await stage.stored()).toBe(await ada.text())
  return 'kept'
})

playCase('tabs-without-network', 'two tabs of one browser, both offline', async (stage) => {
  const device = await stage.newDevice()
  const ada = await stage.open('ada', device)
  const tim = await stage.open('tim', device)
  for (const tab of [ada, tim]) await tab.goOffline()
  const mark = await ada.type()
  const isSeen = await comesTrue(async () => (await tim.text()).includes(mark), 3000)
  expect(await stage.stored()).not.toContain(mark)
  for (const tab of [ada, tim]) await tab.comeBack()
  await stage.expectAll(ada, tim)
  return isSeen ? 'at-once' : 'late'
})

/** Counts what the WebSockets of a device carry: the bytes of their messages. */
const countBytes = (device: BrowserContext): (() => number) => {
  let bytes = 0
  const add = ({ payload }: { readonly payload: string | Buffer }): void => {
    bytes += Buffer.byteLength(payload)
  }
  device.on('page', (page) => {
    page.on('websocket', (socket) => socket.on('framesent', add).on('framereceived', add))
  })
  return () => bytes
}

/** How long a page waits between two attempts, at the most, is too long for who watches it. */
const SOON_MS = 3500
const AWAY_MS = 40_000

playCase('relay-away', 'the relay is away for a while and comes back', async (stage) => {
  const device = await stage.newDevice()
  const attempts: number[] = []
  device.on('page', (page) => page.on('websocket', () => attempts.push(performance.now())))
  const client = await stage.open('ada', device)
  await stage.relay.stop()
  const from = performance.now()
  await expect
    .poll(() => performance.now() - from, { timeout: 2 * AWAY_MS })
    .toBeGreaterThan(AWAY_MS)
  await stage.relay.startAgain()
  await client.whenConnected(60_000)
  await client.type()
  await stage.expectAll(client)
  const waits = attempts.slice(2).map((at, index) => at - attempts[index + 1]!)
  return Math.max(...waits) < SOON_MS ? 'at-once' : 'late'
})

playCase('bytes-of-an-edit', 'fifty letters, one after another', async (stage) => {
  const device = await stage.newDevice()
  const count = countBytes(device)
  const client = await stage.open('ada', device)
  await stage.expectStored(await client.type())
  const before = count()
  for (let letter = 0; letter < 50; letter++) {
    const text = stage.journal.letters(1)
    await client.editor.press('ControlOrMeta+End')
    await client.typeText(text)
  }
  await stage.expectAll(client)
  return { bytes: count() - before }
})

playCase('joining-late', 'much was typed and deleted, then somebody new comes', async (stage) => {
  const writer = await stage.open('ada')
  await writer.openFaults()
  await writer.page.locator('[data-action="flood"]').click()
  await stage.expectStored(' 1000 ')
  await writer.editor.press('ControlOrMeta+a')
  await writer.editor.press('Delete')
  await expect.poll(() => stage.stored()).toBe('')
  const device = await stage.newDevice()
  const count = countBytes(device)
  const late = await stage.open('tim', device)
  await late.expectText(await writer.type())
  await stage.expectAll(late, writer)
  return { bytes: count() }
})

playCase('relay-lost-all', 'the relay’s disk is lost, and one of two is there', async (stage) => {
  const device = await stage.newDevice()
  const ada = await stage.open('ada')
  const tim = await stage.open('tim', device)
  for (const client of [ada, tim]) {
    await client.type()
    await client.drawCircle()
  }
  for (const client of [ada, tim]) await client.expectShapes(2)
  await stage.expectAll(ada, tim)
  await tim.close()
  await stage.relay.stop()
  await stage.relay.loseData()
  await stage.relay.startAgain()
  await ada.whenConnected()
  await stage.expectAll(ada)
  const eva = await stage.open('eva')
  await stage.expectStored(await ada.type())
  await stage.expectAll(eva)
  const isWhole = await comesTrue(
    async () => (await eva.page.locator('.board-canvas .shape').count()) === 2,
    BY_ITSELF_MS,
  )
  if (isWhole) return 'kept'
  await eva.expectShapes(1)
  await stage.open('tim', device)
  await eva.expectShapes(2)
  return 'late'
})
