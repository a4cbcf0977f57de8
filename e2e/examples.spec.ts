import { readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright/test'
import { SAVE_SENTENCES } from '../kit/node.ts'
import { inspect } from './support/inspect.ts'
import type { RelayProcess } from './support/relay-process.ts'
import { builtPages } from './support/served-pages.ts'
import { testOnPages } from './support/test-on-pages.ts'
import { expect } from './support/test.ts'

/* The apps of examples/, built by their own configuration, and used. */

const { saved: SAVED, 'on-device': ON_DEVICE } = SAVE_SENTENCES

const { test, origin } = testOnPages(async () => ({
  examples: await builtPages({ folder: 'examples', isConfigured: true }),
}))

const open = async (device: BrowserContext, relay: RelayProcess, path: string): Promise<Page> => {
  const page = await device.newPage()
  page.on('pageerror', (error) => {
    throw error
  })
  const address = encodeURIComponent(relay.url.replace('http', 'ws'))
  await page.goto(`${origin()}/examples/${path}?relay=${address}`)
  return page
}

const textOf = (page: Page): ReturnType<Page['getByRole']> =>
  page.getByRole('textbox', { name: 'Shared text' })

const type = async (page: Page, text: string): Promise<void> => {
  await textOf(page).press('Control+End')
  await textOf(page).pressSequentially(text)
}

const expectStatus = (page: Page, sentence: string): Promise<void> =>
  expect(page.getByRole('status')).toContainText(sentence)

test('S3, O2: quick-start keeps its list without a relay, through a reload, and says when it is saved', async ({
  newDevice,
  relay,
}) => {
  const add = async (page: Page, item: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'What to add' }).fill(item)
    await page.getByRole('button', { name: 'Add' }).click()
  }
  const ada = await open(await newDevice(), relay, 'quick-start/index.html')
  await expectStatus(ada, SAVED)
  await relay.kill()
  await add(ada, 'bread')
  await expectStatus(ada, ON_DEVICE)
  await ada.reload()
  await expect(ada.getByRole('listitem')).toHaveText(['bread'])
  await relay.startAgain()
  const tim = await open(await newDevice(), relay, 'quick-start/index.html')
  await expect(tim.getByRole('listitem')).toHaveText(['bread'])
  await add(tim, 'tea')
  await expect(ada.getByRole('listitem')).toHaveText(['bread', 'tea'])
  await expectStatus(ada, SAVED)
  await expectStatus(tim, SAVED)
})

test('Y11: from-y-websocket is another app by one line, and both write one text in one room', async ({
  newDevice,
  relay,
}) => {
  const [before, after] = ['before', 'after'].map((name) =>
    readFileSync(new URL(`../examples/from-y-websocket/${name}.ts`, import.meta.url), 'utf8').split(
      '\n',
    ),
  ) as [string[], string[]]
  const changed = after.filter((line, at) => line !== before[at])
  expect(changed).toEqual(["import { WebsocketProvider } from 'holdfast/y-websocket'"])
  expect(after.length).toBe(before.length)

  const stock = await open(await newDevice(), relay, 'from-y-websocket/before.html')
  const ours = await open(await newDevice(), relay, 'from-y-websocket/after.html')
  for (const page of [stock, ours]) await expectStatus(page, 'synced')
  await type(stock, 'one')
  await expect(textOf(ours)).toContainText('one')
  await type(ours, ' two')
  await expect(textOf(stock)).toContainText('one two')
  await expect(stock.locator('.cm-ySelectionCaret')).toHaveCount(1)
  await expect(ours.locator('.cm-ySelectionCaret')).toHaveCount(1)
})

test('Y11: from-hocuspocus is an app on either provider, and on ours says how safe its text is', async ({
  newDevice,
  relay,
}) => {
  const before = await open(await newDevice(), relay, 'from-hocuspocus/before.html')
  await type(before, 'nobody is there')
  await expectStatus(before, 'waiting')

  const ada = await open(await newDevice(), relay, 'from-hocuspocus/after.html')
  const tim = await open(await newDevice(), relay, 'from-hocuspocus/after.html')
  await type(ada, 'hello')
  await expect(textOf(tim)).toContainText('hello')
  await expectStatus(ada, `${SAVED} 0 waiting.`)
  await relay.kill()
  await type(ada, '!')
  await expectStatus(ada, `${ON_DEVICE} 1 waiting.`)
})

test('Y12: beside-y-indexeddb sends what only this device has once, and a page load sends nothing', async ({
  newDevice,
  relay,
}) => {
  const room = 'beside-y-indexeddb'
  const device = await newDevice()
  const ada = await open(device, relay, `${room}/index.html`)
  await expectStatus(ada, SAVED)
  await type(ada, 'kept twice')
  await expectStatus(ada, SAVED)
  const written = await inspect(relay.dataDir, room)
  for (let load = 0; load < 3; load++) {
    await ada.reload()
    await expect(textOf(ada)).toContainText('kept twice')
    await expectStatus(ada, SAVED)
  }
  expect((await inspect(relay.dataDir, room)).length).toBe(written.length)
  // Ours is gone with its database; what y-indexeddb kept meanwhile is new to the relay, and comes along once.
  await type(ada, '!')
  await expectStatus(ada, SAVED)
  await relay.kill()
  await type(ada, ' and once')
  await expectStatus(ada, ON_DEVICE)
  await ada.goto('about:blank')
  const other = await device.newPage()
  await other.goto(`${origin()}/nothing`)
  await other.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase('holdfast/default')
        request.addEventListener('success', () => resolve())
        request.addEventListener('error', () => reject(new Error('not deleted')))
      }),
  )
  await relay.startAgain()
  const before = (await inspect(relay.dataDir, room)).length
  const back = await open(device, relay, `${room}/index.html`)
  await expect(textOf(back)).toContainText('kept twice! and once')
  await expectStatus(back, SAVED)
  const tim = await open(await newDevice(), relay, `${room}/index.html`)
  await expect(textOf(tim)).toContainText('kept twice! and once')
  expect((await inspect(relay.dataDir, room)).length).toBe(before + 1)
})
