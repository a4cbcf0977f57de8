import { ClientPage } from './support/client-page.ts'
import type { ButtonName } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { textOf } from './support/journal.ts'
import { expect, test } from './support/test.ts'

const SAVED = 'Saved. Everything you see here is on the relay’s disk.'
const ON_DEVICE = 'On this device. It will be sent when this app next runs here.'
const CLOSED_WAITING = 'Closed. What waits is on this device and is sent when this client is back.'
/** What the story begins with, and what it then writes by itself. */
const BY_THE_STORY = 'Picnic on Saturday at noon.\nPlease bring bread, cheese, plums and lemonade.'

const expectUsable = async (client: ClientPage, usable: readonly ButtonName[]): Promise<void> => {
  for (const name of ['Cut the network', 'Bring it back'] as const) {
    const isOff = String(!usable.includes(name))
    await expect(client.button(name)).toHaveAttribute('aria-disabled', isOff)
  }
}

const sentenceOf = (client: ClientPage): Promise<string> =>
  client.reading().then(({ sentence }) => sentence)

const PEOPLE = [
  ['ada', 'ken'],
  ['ken', 'ada'],
] as const

for (const [user, otherUser] of PEOPLE) {
  test(`O9: each button of ${user}’s client does what it says, and the light tells the truth at each step`, async ({
    newDevice,
    relay,
    room,
    journal,
    verify,
  }) => {
    const isInLog = async (mark: string): Promise<boolean> =>
      textOf(await inspect(relay.dataDir, room)).includes(mark)
    const device = await newDevice()
    const open = (who: string): Promise<ClientPage> =>
      ClientPage.open(device, relay.url, { room, user: who, namespace: who }, journal)
    let client = await open(user)
    const other = await open(otherUser)
    await expectUsable(client, ['Cut the network'])
    const online = await client.type()
    await client.expectSaved()
    expect(await sentenceOf(client)).toBe(SAVED)
    expect(await isInLog(online)).toBe(true)

    await client.cut()
    await expectUsable(client, ['Bring it back'])
    await client.expectSaved()
    const offline = await client.type()
    await client.countUp()
    await client.expectOnDevice()
    expect(await sentenceOf(client)).toBe(ON_DEVICE)
    expect(await isInLog(offline)).toBe(false)
    expect(await other.text()).not.toContain(offline)
    await other.expectSaved()

    await client.comeBack()
    await client.expectSaved()
    await expectUsable(client, ['Cut the network'])
    expect(await isInLog(offline)).toBe(true)
    await other.expectAllText()
    await other.expectCounter(1)

    await client.cut()
    const leftBehind = await client.type()
    await client.expectOnDevice()
    await client.closeTab()
    expect(await isInLog(leftBehind)).toBe(false)

    client = await open(user)
    await client.expectSaved()
    await client.expectAllText()
    await other.expectAllText()
    await client.closeTab()
    client = await open(user)
    await client.expectAllText()
    await client.expectCounter(1)
    await verify()
  })
}

test('O5, O9: the story’s button does what it says to a client that somebody writes in, and its light tells the truth', async ({
  page,
  relay,
  room,
  journal,
  verify,
}) => {
  const button = page.locator('#next-act')
  await page.goto(`${relay.url}/?room=${room}`)
  let client = await ClientPage.inFrame(page, 'Left', journal)
  const other = await ClientPage.inFrame(page, 'Right', journal)
  const online = await client.type()
  await client.expectSaved()
  expect(await sentenceOf(client)).toBe(SAVED)
  await other.expectAllText()

  await button.click()
  await expect(page.locator('#narration')).toContainText('7 edits waiting')
  journal.writtenByPage(BY_THE_STORY)
  const offline = await client.type()
  await client.expectOnDevice()
  expect(await sentenceOf(client)).toBe(ON_DEVICE)
  await client.expectAllText()
  expect(await other.text()).not.toContain(offline)
  expect(await other.text()).toContain(online)
  await other.expectSaved()

  await button.click()
  await expect(client.panel.locator('iframe')).toHaveCount(0)
  await expect
    .poll(() => client.reading())
    .toMatchObject({ light: 'closed', sentence: CLOSED_WAITING })
  expect(textOf(await inspect(relay.dataDir, room))).not.toContain(offline)

  await button.click()
  client = await ClientPage.inFrame(page, 'Left', journal)
  journal.writtenByPage(BY_THE_STORY)
  await client.expectSaved()
  await client.expectAllText()
  await other.expectAllText()
  await verify()
})
