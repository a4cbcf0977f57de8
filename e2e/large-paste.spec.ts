import { readFile } from 'node:fs/promises'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'
import type { Page } from 'playwright/test'
import { nodeWebSocket } from '../kit/node.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { AppPage } from './support/app-page.ts'
import { ClientPage } from './support/client-page.ts'
import { pastePicture, pasteText, pastedIn, pastedOn } from './support/large-edits.ts'
import { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

const PICTURE_BYTES = 2_000_000
const TEXT_CHARACTERS = 2_700_000
const BACK_MS = 40_000

const pageOf = (client: ClientPage): Page => client.surface as Page

test('W22: a picture of 2 MB and one of 2.7 MB as base64 are pasted, saved, and there for everybody', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const ada = await ClientPage.open(await newDevice(), relay.url, { room, user: 'ada' }, journal)
  const tim = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
  const doc = new Doc()
  const stock = new WebsocketProvider(`${relay.url.replace('http', 'ws')}/y`, room, doc, {
    WebSocketPolyfill: nodeWebSocket() as unknown as typeof WebSocket,
    disableBc: true,
  })
  await ada.type()
  await pastePicture(pageOf(ada), PICTURE_BYTES)
  await pasteText(pageOf(ada), TEXT_CHARACTERS)
  await ada.type()
  const pasted = await pastedOn(pageOf(ada))
  expect([pasted.picture[0], pasted.text[0]]).toEqual([PICTURE_BYTES, TEXT_CHARACTERS])
  await ada.expectSaved()
  await expect.poll(() => pastedOn(pageOf(tim))).toEqual(pasted)
  await expect.poll(() => pastedIn(doc)).toEqual(pasted)
  await tim.expectAllText()
  await tim.type()
  await ada.expectAllText()
  await ada.closeTab()
  const eva = await ClientPage.open(await newDevice(), relay.url, { room, user: 'eva' }, journal)
  await expect.poll(() => pastedOn(pageOf(eva))).toEqual(pasted)
  await eva.expectAllText()
  stock.destroy()
  doc.destroy()
})

test('W22: a relay that is killed while a picture is on its way has it in the end, once', async ({
  newDevice,
  room,
  journal,
}) => {
  const wire = await startFaultProxy({ targetPort: 1 })
  const relay = await RelayProcess.start({ args: ['--allow-host', new URL(wire.url).host] })
  try {
    wire.retarget(Number(new URL(relay.url).port))
    const ada = await ClientPage.open(await newDevice(), wire.url, { room, user: 'ada' }, journal)
    await ada.type()
    await ada.expectSaved()
    wire.rate({ bytesPerSecond: 400_000 })
    const before = wire.counters.bytesUp
    await pastePicture(pageOf(ada), PICTURE_BYTES)
    await ada.type()
    await expect.poll(() => wire.counters.bytesUp - before).toBeGreaterThan(600_000)
    expect((await ada.status()).save).not.toBe('saved')
    await relay.kill()
    await relay.startAgain()
    wire.rate({ bytesPerSecond: Infinity })
    await ada.expectSaved(BACK_MS)
    const pasted = await pastedOn(pageOf(ada))
    const tim = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
    await expect.poll(() => pastedOn(pageOf(tim))).toEqual(pasted)
    await tim.expectAllText()
    expect(wire.counters.bytesUp - before).toBeGreaterThan(PICTURE_BYTES + 600_000)
  } finally {
    await relay.destroy()
    await wire.close()
  }
})

test('O10, W7: 5 MiB in one go are refused with a sentence and a file, and what is written behind is saved', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  await ada.page.evaluate(() => {
    window.holdfastDemo!.room.push('picture', 'x'.repeat(5 * 1024 * 1024))
  })
  await ada.write('written behind it')
  await expect(ada.light).toHaveAttribute('data-save', 'rejected')
  await expect(ada.light).toContainText('The relay refused some of your edits.')
  const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  await expect(tim.field).toContainText('written behind it')
  await ada.page.getByRole('button', { name: /waiting/ }).click()
  const refused = ada.drawer('What waits').getByRole('region', { name: 'Refused' })
  await expect(refused.getByRole('listitem')).toHaveText([/too-large.*5\.0 MiB$/])
  const [file] = await Promise.all([
    ada.page.waitForEvent('download'),
    refused.getByRole('button', { name: 'Export as a file: refused' }).click(),
  ])
  const { rejected } = JSON.parse(await readFile(await file.path(), 'utf8')) as {
    readonly rejected: readonly { readonly code: string; readonly bytes: string }[]
  }
  expect(rejected.map(({ code }) => code)).toEqual(['too-large'])
  expect(rejected[0]!.bytes.length).toBeGreaterThan(2 * 5 * 1024 * 1024)
})

test('O10, W7: a picture of 5 MiB in the document is refused and kept, and what is written after a reload is saved', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const ada = await ClientPage.open(await newDevice(), relay.url, { room, user: 'ada' }, journal)
  await ada.type()
  await ada.expectSaved()
  await pastePicture(pageOf(ada), 5 * 1024 * 1024)
  await ada.expectLight('rejected')
  await pageOf(ada).reload()
  await ada.whenOpen()
  await ada.type()
  const tim = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
  await tim.expectAllText()
  await ada.expectLight('rejected')
  expect(await pastedOn(pageOf(tim))).toEqual(pastedIn(new Doc()))
})
