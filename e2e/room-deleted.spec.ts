import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright/test'
import { AppPage } from './support/app-page.ts'
import { inspect } from './support/inspect.ts'
import { runCli } from './support/run-cli.ts'
import { expect, test } from './support/test.ts'
import type { RelayProcess } from './support/relay-process.ts'

const LIGHT = 'This room was deleted. What you see is only this page’s copy.'
const DELETED = 'An operator deleted this room.'
const UNSENT = `${DELETED} What you wrote and was not sent will not be sent; you can export it.`
const KEPT = `${UNSENT} It is kept on this device.`
const NOT_KEPT = `${UNSENT} It is only in this page: export it before you close it.`

/** As an operator does it. The relay stands still meanwhile: `before` happens while it does. */
const deleteRoom = async (
  relay: RelayProcess,
  room: string,
  before: () => Promise<void> = async () => {},
): Promise<void> => {
  await relay.kill('SIGTERM')
  await before()
  const deleted = await runCli(['delete', '--data', relay.dataDir, '--room', room])
  expect(deleted).toMatchObject({ code: 0, err: '' })
  await relay.startAgain()
}

/** All that the page says of the room, and of nothing that it says it is saved or sent later. */
const expectSaid = async ({ page, light }: AppPage, problem: string): Promise<void> => {
  await expect(light).toHaveAttribute('data-save', 'deleted')
  await expect(light.locator('.light-sentence')).toHaveText(LIGHT)
  await expect(page.locator('.problem')).toHaveText(`${problem} room-deleted`)
  await expect(page.locator('.app-instrument')).toContainText('The relay refused')
  await expect(page.locator('body')).not.toContainText(/Saved\.|wait here until/)
}

type Exported = {
  readonly document: { readonly update: string; readonly texts: Record<string, unknown> }
  readonly pending: readonly { readonly bytes: string }[]
}

const exported = async (page: Page): Promise<Exported> => {
  await page.getByRole('button', { name: /^\d+ not sent$/ }).click()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as a file: not sent' }).click(),
  ])
  return JSON.parse(await readFile(await file.path(), 'utf8')) as Exported
}

test('S17, O9: to a deleted room nobody brings anything back: who comes is told, and takes away as a file what was not sent, which another room can be made of', async ({
  newDevice,
  relay,
  room,
}, testInfo) => {
  const [hers, his] = [await newDevice(), await newDevice()]
  const open = (device: BrowserContext, user: string): Promise<AppPage> =>
    AppPage.open(device, relay.url, { room, user })
  const ada = await open(hers, 'ada')
  const bob = await open(his, 'bob')
  await ada.write('What both have seen. ')
  await expect(bob.field).toContainText('What both have seen.')
  await ada.expectSaved()
  await deleteRoom(relay, room, async () => {
    await ada.write('What nobody has seen. ')
    await ada.expectOnDevice()
  })

  await expectSaid(ada, KEPT)
  await expectSaid(bob, DELETED)
  await testInfo.attach('nothing unsent', {
    body: await bob.page.screenshot(),
    contentType: 'image/png',
  })
  await ada.page.reload()
  await ada.whenOpen()
  await expectSaid(ada, KEPT)
  await expect(ada.field).toContainText('What nobody has seen.')
  await testInfo.attach('unsent', { body: await ada.page.screenshot(), contentType: 'image/png' })

  const { document, pending } = await exported(ada.page)
  expect(pending.length).toBeGreaterThan(0)
  expect(pending).toHaveLength(await ada.pendingCount())
  expect(pending.every(({ bytes }) => bytes.length > 0)).toBe(true)
  const texts = Object.values(document.texts)
  expect(texts).toContainEqual(
    expect.stringContaining('What both have seen. What nobody has seen.'),
  )
  await relay.stop()
  expect(await inspect(relay.dataDir, room)).toEqual([])
  await relay.startAgain()

  const [update, again] = [join(relay.dataDir, 'taken.yjs'), `${room}-again`]
  await writeFile(update, Buffer.from(document.update, 'base64'))
  const put = await runCli(['import', again, update, '--url', relay.url])
  expect(put).toMatchObject({ code: 0, err: '' })
  await ada.page.goto(ada.page.url().replace(room, again))
  await ada.whenOpen()
  await expect(ada.field).toContainText('What both have seen. What nobody has seen.')
  await ada.expectSaved()
})

test('S17, O9: who opens a room after it was deleted is told, beside a page that was there before and on a device that never was', async ({
  newDevice,
  relay,
  room,
}) => {
  const his = await newDevice()
  const bob = await AppPage.open(his, relay.url, { room, user: 'bob' })
  await bob.write('What was saved. ')
  await bob.expectSaved()
  await deleteRoom(relay, room)
  await expectSaid(bob, DELETED)
  const second = await AppPage.open(his, relay.url, { room, user: 'bob' })
  await expectSaid(second, DELETED)
  await expect(second.field).toContainText('What was saved.')
  const eva = await AppPage.open(await newDevice(), relay.url, { room, user: 'eva' })
  await expectSaid(eva, DELETED)
  expect(await eva.text()).toBe('')
})

test('S17, O9: where this browser keeps nothing, a page of a deleted room says that what is unsent is in it alone, and is not closed unasked', async ({
  newDevice,
  relay,
  room,
}) => {
  const device = await newDevice()
  await device.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
  })
  const ada = await AppPage.open(device, relay.url, { room, user: 'ada' })
  await ada.write('What is saved. ')
  await ada.expectSaved()
  await deleteRoom(relay, room)
  await expectSaid(ada, DELETED)
  await ada.write('What nobody keeps. ')
  await expectSaid(ada, NOT_KEPT)
  expect((await exported(ada.page)).pending.length).toBeGreaterThan(0)
  const asked = ada.page.waitForEvent('dialog')
  await ada.page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.accept()
})
