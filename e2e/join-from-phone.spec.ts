import { devices } from 'playwright/test'
import type { BrowserContext, Page } from 'playwright/test'
import { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

const ADDRESS = /http:\/\/\S+\/app\/(room-[0-9a-f]+)#join=\S+/g
const LONGEST_WAIT_MS = 35_000

test.use({ ...devices['Pixel 7'] })

/** The addresses that the terminal showed so far; a machine that is on no network has none. */
const shownBy = (relay: RelayProcess): string[] => relay.printed.match(ADDRESS) ?? []

const isOnNetwork = async (relay: RelayProcess): Promise<boolean> => {
  await expect
    .poll(() => /One device|on no network/.test(relay.printed), { message: 'it says who may join' })
    .toBe(true)
  return !relay.printed.includes('on no network')
}

const openAt = async (device: BrowserContext, address: string): Promise<Page> => {
  const page = await device.newPage()
  await page.goto(address)
  return page
}

const write = async (page: Page, text: string): Promise<void> => {
  await page.getByRole('textbox', { name: 'Shared document' }).click()
  await page.keyboard.type(text)
}

const expectSaved = (page: Page, timeoutMs = 15_000): Promise<void> =>
  expect(page.locator('.light').first()).toHaveAttribute('data-save', 'saved', {
    timeout: timeoutMs,
  })

test('A5: a phone joins by the address that is printed and writes with this machine, and another one needs an address of its own', async ({
  newDevice,
}) => {
  const relay = await RelayProcess.start({ args: ['--lan'] })
  try {
    if (!(await isOnNetwork(relay))) return
    const [address = ''] = shownBy(relay)
    const [, room = ''] = /\/app\/([^#]+)/.exec(address) ?? []
    const desk = await openAt(await newDevice(), `${relay.url}/app/${room}?user=desk`)
    await write(desk, 'from the desk ')
    await expectSaved(desk)

    const phoneDevice = await newDevice()
    const phone = await openAt(phoneDevice, address)
    await expect(phone.getByText('from the desk')).toBeVisible()
    await expectSaved(phone)
    expect(phone.url(), 'the ticket is no part of a link to pass on').not.toContain('#')
    await write(phone, 'from the phone ')
    await expect(desk.getByText('from the phone')).toBeVisible()
    await expectSaved(phone)

    await expect.poll(() => shownBy(relay).length, { message: 'the next address' }).toBe(2)
    const late = await openAt(await newDevice(), address)
    await expect(late.getByText('This address was used already')).toBeVisible()
    const guest = await openAt(await newDevice(), phone.url())
    await expect(guest.getByText('This device has not joined here').first()).toBeVisible()
    await expect(guest.getByText('from the phone')).toHaveCount(0)

    await relay.stop()
    await write(phone, 'while it is away ')
    await expect(phone.locator('.light').first()).toHaveAttribute('data-save', 'on-device')
    await relay.startAgain()
    await expectSaved(phone, LONGEST_WAIT_MS)
    const again = await openAt(phoneDevice, phone.url())
    await expect(again.getByText('while it is away')).toBeVisible()
    // What it shows it has on the device as well: only what others see was let in.
    await write(again, 'in a new tab ')
    await expect(desk.getByText('in a new tab')).toBeVisible({ timeout: LONGEST_WAIT_MS })
    await expectSaved(again)
  } finally {
    await relay.destroy()
  }
})
