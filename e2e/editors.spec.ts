import { EditorPage } from './support/editor-page.ts'
import type { EditorName } from './support/editor-page.ts'
import type { RelayProcess } from './support/relay-process.ts'
import { builtPages } from './support/served-pages.ts'
import { testOnPages } from './support/test-on-pages.ts'
import { expect } from './support/test.ts'

/*
 * Editors with their own bindings, unchanged: first on the provider of y-websocket, then with our module behind the same import.
 */

const EDITORS: readonly EditorName[] = ['tiptap', 'codemirror']
const PROVIDERS = [
  { provider: 'stock', title: 'Y1: the stock provider' },
  { provider: 'ours', title: 'Y11, Y7: our provider' },
] as const

const { test, origin } = testOnPages(async () => {
  const folder = 'e2e/editors-lab'
  const instead = { 'y-websocket': 'kit/y-websocket/index.ts' }
  return { stock: await builtPages({ folder }), ours: await builtPages({ folder, instead }) }
})

for (const { provider, title } of PROVIDERS) {
  for (const editor of EDITORS) {
    test(`${title} beneath ${editor}: two type at once, see each other, undo their own, and go on when the relay was killed`, async ({
      newDevice,
      relay,
      room,
    }) => {
      const open = async (user: string): Promise<EditorPage> => {
        const address = { pages: `${origin()}/${provider}`, relay: relay.url, room, user }
        const page = await EditorPage.open(await newDevice(), editor, address)
        await page.expectSynced()
        return page
      }
      const [ada, tim] = [await open('ada'), await open('tim')]
      await ada.type('both: ')
      await tim.expectText('both: ')

      await Promise.all([ada.type('abcdefghij'), tim.type('0123456789')])
      await expect.poll(async () => (await ada.written()).length).toBe(26)
      const both = await ada.written()
      await tim.expectText(both)
      expect(both.replaceAll(/\d/g, '')).toBe('both: abcdefghij')
      expect(both.replaceAll(/[a-j]/g, '')).toContain('0123456789')
      expect(await tim.shared()).toBe(await ada.shared())
      await expect(ada.carets).toHaveText(['tim'])
      await expect(tim.carets).toHaveText(['ada'])

      // What was typed slowly is undone in several steps.
      const steps = await tim.undoUntil('both: abcdefghij')
      await ada.expectText('both: abcdefghij')
      for (let step = 0; step < steps; step++) await tim.redo()
      await ada.expectText(both)

      await relay.kill()
      await ada.expectSynced(false)
      await tim.expectSynced(false)
      await expect(ada.carets).toHaveCount(0)
      await Promise.all([ada.type('kl'), tim.type('!?')])
      await relay.startAgain()
      await expect.poll(async () => (await ada.written()).length).toBe(30)
      const after = await ada.written()
      await tim.expectText(after)
      expect(after.replaceAll(/[kl!?]/g, '')).toBe(both)
      // A caret that has not moved is told anew by the stock provider when 15 s have gone by, and by ours at once.
      if (provider === 'stock') await tim.text.press('Home')
      await expect(ada.carets).toHaveText(['tim'], { timeout: 5000 })
      if (provider === 'ours') await expect.poll(() => tim.save()).toBe('saved')
    })
  }
}

for (const editor of EDITORS) {
  test(`Y11: our provider beneath ${editor}: what is written without a relay outlives a reload, is shown at once, arrives, and is said to be saved`, async ({
    newDevice,
    relay,
    room,
  }) => {
    const address = { pages: `${origin()}/ours`, relay: relay.url, room }
    const ada = await EditorPage.open(await newDevice(), editor, { ...address, user: 'ada' })
    await ada.expectSynced()
    await ada.type('before ')
    await expect.poll(() => ada.save()).toBe('saved')

    await relay.kill()
    await ada.expectSynced(false)
    await ada.type('without ')
    await expect.poll(() => ada.save()).toBe('on-device')
    await ada.page.reload()
    await ada.expectText('before without ')
    expect(await ada.save()).toBe('on-device')
    await ada.type('reloaded')
    await expect.poll(() => ada.save()).toBe('on-device')

    await relay.startAgain()
    const tim = await EditorPage.open(await newDevice(), editor, { ...address, user: 'tim' })
    await tim.expectText('before without reloaded')
    await expect.poll(() => ada.save()).toBe('saved')
    // What came back with the page is nobody's to undo in it: as with any provider that keeps documents.
    await ada.undoUntil('before without ')
    await tim.expectText('before without ')
    await ada.undo()
    await ada.type('.')
    await tim.expectText('before without .')
  })
}

/** Connections that the relay has now, by its own metrics. */
const connections = async (relay: RelayProcess): Promise<number> => {
  const metrics = await (await fetch(`${relay.url}/metrics`)).text()
  const counts = [...metrics.matchAll(/^holdfast_connections(?:\{[^}]*\})? (\d+)/gm)]
  if (counts.length === 0) throw new Error('The relay does not say how many connections it has.')
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

test('Y11: a component of React that is mounted twice leaves one connection, and writes once', async ({
  newDevice,
  relay,
  room,
}) => {
  for (const provider of ['stock', 'ours']) {
    const its = { pages: `${origin()}/${provider}`, room: `${room}-${provider}` }
    const address = { ...its, relay: relay.url, user: 'ada' }
    const ada = await EditorPage.open(await newDevice(), 'react', address)
    await ada.expectSynced()
    expect(await ada.page.evaluate(() => Reflect.get(window, 'mounts') as unknown)).toBe(2)
    await ada.text.pressSequentially('ab')
    await expect(ada.text).toHaveValue('ab')
    expect(await ada.shared()).toBe('ab')
    await expect.poll(() => connections(relay), provider).toBe(1)
    await ada.page.close()
    await expect.poll(() => connections(relay)).toBe(0)
  }
})

test('Y7: who is present stays in awareness of a page on our provider, though it says nothing for a minute', async ({
  newDevice,
  relay,
  room,
}) => {
  const address = { pages: `${origin()}/ours`, relay: relay.url, room }
  const device = await newDevice()
  // Its clock can be put forward, for awareness alone: what it has not heard for 30 s it drops.
  await device.addInitScript(() => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + Number(Reflect.get(window, 'aheadMs') ?? 0)
  })
  const ada = await EditorPage.open(device, 'tiptap', { ...address, user: 'ada' })
  const tim = await EditorPage.open(await newDevice(), 'tiptap', { ...address, user: 'tim' })
  await tim.type('here')
  await expect(ada.carets).toHaveText(['tim'])
  // As a page in the background does not: by awareness' own timer.
  await tim.page.evaluate(() => {
    clearInterval(Reflect.get(window.openEditor.provider.awareness, '_checkInterval') as number)
  })
  await ada.page.evaluate(() => {
    const removed: unknown[] = []
    Object.assign(window, { removed })
    const { awareness } = window.openEditor.provider
    awareness.on('change', (change: { removed: number[] }) => removed.push(...change.removed))
  })
  for (const aheadMs of [20_000, 40_000, 60_000]) {
    // Awareness looks every 3 s, and says its own state anew when that is 15 s old.
    await ada.page.evaluate(
      (ms) =>
        new Promise<void>((resolve) => {
          Object.assign(window, { aheadMs: ms })
          window.openEditor.provider.awareness.once('update', () => resolve())
        }),
      aheadMs,
    )
  }
  await expect(ada.carets).toHaveText(['tim'])
  expect(await ada.page.evaluate(() => Reflect.get(window, 'removed') as unknown)).toEqual([])
  await tim.page.close()
  await expect(ada.carets).toHaveCount(0)
})
