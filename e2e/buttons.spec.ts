import { ClientPage } from './support/client-page.ts'
import type { ButtonName, Side } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { textOf } from './support/journal.ts'
import { expect, test } from './support/test.ts'

const SAVED = 'Saved. Everything you see here is on the relay’s disk.'
const ON_DEVICE = 'On this device. It will be sent when this app next runs here.'
const CLOSED_SAVED = 'Closed. Nothing was waiting.'
const CLOSED_WAITING = 'Closed. What waits is on this device and is sent when this client is back.'

const expectUsable = async (client: ClientPage, usable: readonly ButtonName[]): Promise<void> => {
  for (const name of ['Cut the network', 'Close this client', 'Bring it back'] as const) {
    const isOff = String(!usable.includes(name))
    await expect(client.button(name)).toHaveAttribute('aria-disabled', isOff)
  }
}

const expectClosed = async (client: ClientPage, sentence: string): Promise<void> => {
  await expect(client.panel.locator('iframe')).toHaveCount(0)
  await expect.poll(() => client.reading()).toMatchObject({ light: 'closed', sentence })
  await expectUsable(client, ['Bring it back'])
}

const sentenceOf = (client: ClientPage): Promise<string> =>
  client.reading().then(({ sentence }) => sentence)

const SIDES: readonly (readonly [Side, Side])[] = [
  ['Left', 'Right'],
  ['Right', 'Left'],
]

for (const [side, otherSide] of SIDES) {
  test(`O9: each button of the ${side} client does what it says, and the light tells the truth at each step`, async ({
    page,
    relay,
    room,
    journal,
    verify,
  }) => {
    const isInLog = async (mark: string): Promise<boolean> =>
      textOf(await inspect(relay.dataDir, room)).includes(mark)
    await page.goto(`${relay.url}/?room=${room}`)
    let client = await ClientPage.inFrame(page, side, journal)
    const other = await ClientPage.inFrame(page, otherSide, journal)
    await expectUsable(client, ['Cut the network', 'Close this client'])
    const online = await client.type()
    await client.expectSaved()
    expect(await sentenceOf(client)).toBe(SAVED)
    expect(await isInLog(online)).toBe(true)

    await client.cut()
    await expectUsable(client, ['Close this client', 'Bring it back'])
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
    await expectUsable(client, ['Cut the network', 'Close this client'])
    expect(await isInLog(offline)).toBe(true)
    await other.expectAllText()
    await other.expectCounter(1)

    await client.cut()
    const leftBehind = await client.type()
    await client.expectOnDevice()
    await client.button('Close this client').click()
    await expectClosed(client, CLOSED_WAITING)
    expect(await isInLog(leftBehind)).toBe(false)

    await client.comeBack()
    client = await ClientPage.inFrame(page, side, journal)
    await client.expectSaved()
    await client.expectAllText()
    await other.expectAllText()
    await client.button('Close this client').click()
    await expectClosed(client, CLOSED_SAVED)
    await client.comeBack()
    client = await ClientPage.inFrame(page, side, journal)
    await client.expectAllText()
    await client.expectCounter(1)
    await verify()
  })
}
