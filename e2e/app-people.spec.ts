import { readFile } from 'node:fs/promises'
import { AppPage } from './support/app-page.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

test('a caret shows the name of its person, and a name can change without losing what is not sent', async ({
  newDevice,
  relay,
  room,
}) => {
  const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  await ada.write('Hello')
  await ada.circle([0.5, 0.5])
  await ada.field.focus()
  await expect(tim.page.locator('.caret-name')).toHaveText('Ada')
  await expect(tim.page.locator('.people-summary')).toHaveText('Ada has seen everything')

  await ada.goOffline()
  await ada.write(' from offline')
  await ada.page.getByRole('button', { name: 'You are Ada' }).click()
  await ada.drawer('Who is here').getByLabel('Your name').fill('Countess Lovelace')
  await ada.page.keyboard.press('Enter')
  await expect(ada.page.getByRole('button', { name: 'You are Countess Lovelace' })).toBeVisible()
  await ada.expectOnDevice()
  await ada.comeBack()
  await ada.expectSaved()
  await ada.field.focus()
  await expect(tim.page.locator('.caret-name')).toHaveText('Countess Lovelace')
  await expect.poll(() => tim.text()).toBe('Hello from offline')
  await expect
    .poll(async () => (await tim.shapes()).map(({ name }) => name))
    .toEqual(['Circle by Countess Lovelace'])

  const karen = await AppPage.open(await newDevice(), relay.url, { room, user: 'Karen' })
  await karen.page.getByRole('button', { name: /You are/ }).click()
  const list = karen.drawer('Who is here').getByRole('listitem')
  await expect(list).toHaveText([/Karen \(you\)/, /Tim has seen everything/, /Countess Lovelace/])
  const users = new Set((await inspect(relay.dataDir, room)).map(({ user }) => user))
  expect([...users], 'all of hers is under one user').toEqual(['Ada'])
})

test('who is behind is said to be, by how much, until they have caught up', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  await ada.write('One')
  await ada.expectSaved()
  await expect.poll(() => tim.text()).toBe('One')
  const summary = ada.page.locator('.people-summary')
  await expect(summary).toHaveText('Tim has seen everything')
  // Tim's page hears nothing, and does not know it yet.
  await tim.page.evaluate(() => window.holdfastDemo!.faults.set({ halfOpen: 'down' }))
  await ada.circle([0.5, 0.5])
  await expect(summary).toHaveText(/^Tim is \d+ behind$/)
  await tim.page.evaluate(() => window.holdfastDemo!.faults.set({ halfOpen: 'none' }))
  await tim.page.evaluate(() => window.holdfastDemo!.faults.cut())
  await expect(summary).toHaveText('Tim has seen everything', { timeout: 30_000 })
})

test('what waits is listed with its age and place, and taken away as a file', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  const { page } = ada
  const toggle = page.getByRole('button', { name: /waiting/ })
  await toggle.click()
  const drawer = ada.drawer('What waits')
  await expect(drawer).toContainText('Nothing waits to be sent. To see something wait, open Faults')
  await expect(drawer).toContainText('The relay refused nothing.')
  await ada.goOffline()
  await ada.circle([0.5, 0.5])
  await ada.write('x')
  await ada.expectOnDevice()
  const lines = drawer.getByRole('region', { name: 'Not sent' }).getByRole('listitem')
  await expect(lines).toHaveText([
    /^A new shape on the board.*on this device.*\d s.*bytes$/,
    /^Change of the document.*on this device.*bytes$/,
  ])
  await expect(toggle).toHaveText(/^2 waiting$/)
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    drawer.getByRole('button', { name: 'Export as a file: not sent' }).click(),
  ])
  expect(file.suggestedFilename()).toBe(`${room}-pending.json`)
  const exported = JSON.parse(await readFile(await file.path(), 'utf8')) as {
    readonly room: string
    readonly pending: readonly { readonly author: string; readonly seq: number; bytes: string }[]
  }
  const expected = await page.evaluate(() => {
    type Kept = { readonly seq: number; readonly bytes: Uint8Array }
    const kept = window.holdfastDemo!.room.pending() as unknown as readonly Kept[]
    return kept.map(({ seq, bytes }) => [seq, bytes.length])
  })
  expect(exported.room).toBe(room)
  expect(exported.pending.map(({ seq, bytes }) => [seq, bytes.length / 2])).toEqual(expected)
  expect(exported.pending.every(({ author }) => /^[0-9a-f]{32}$/.test(author))).toBe(true)
})

test('A1: /app makes a room of its own, its link leads others there, and a bad name says so', async ({
  newDevice,
  relay,
}) => {
  const device = await newDevice()
  const page = await device.newPage()
  await page.goto(`${relay.url}/app?fault.latencyMs=2`)
  await page.waitForURL(/\/app\/room-[a-z2-9]{8}\?fault\.latencyMs=2$/)
  const name = new URL(page.url()).pathname.split('/').at(-1)!
  const link = page.getByRole('link', { name })
  await expect(link).toHaveAttribute('href', `${relay.url}/app/${name}`)
  await device.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy link' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${relay.url}/app/${name}`)

  const first = await page.evaluate(() => document.querySelector('.people-self')?.textContent)
  await page.reload()
  await expect(page.locator('.people-self')).toHaveText(first!)

  await page.goto(`${relay.url}/app/.hidden`)
  await expect(page.getByRole('alert')).toContainText('“.hidden” does not.')
  await page.getByRole('link', { name: 'Open a fresh room' }).click()
  await page.waitForURL(/\/app\/room-/)
})

test('O10: what the relay refused stays in a list, over a reload, and can be taken away', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  await ada.page.evaluate(() => {
    window.holdfastDemo!.room.push('picture', 'x'.repeat(4_400_000))
  })
  await expect(ada.light).toHaveAttribute('data-save', 'rejected')
  await ada.page.reload()
  await ada.whenOpen()
  await expect(ada.light).toHaveAttribute('data-save', 'rejected')
  await ada.page.getByRole('button', { name: /waiting/ }).click()
  const refused = ada.drawer('What waits').getByRole('region', { name: 'Refused' })
  await expect(refused.getByRole('listitem')).toHaveText([/too-large.*4\.2 MiB$/])
  const [file] = await Promise.all([
    ada.page.waitForEvent('download'),
    refused.getByRole('button', { name: 'Export as a file: refused' }).click(),
  ])
  const text = await readFile(await file.path(), 'utf8')
  const { rejected } = JSON.parse(text) as {
    readonly rejected: readonly { readonly code: string; readonly bytes: string }[]
  }
  expect(rejected.map(({ code }) => code)).toEqual(['too-large'])
  expect(rejected[0]!.bytes).toContain(Buffer.from('x'.repeat(1000)).toString('hex'))
})
