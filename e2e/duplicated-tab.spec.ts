import type { Page } from 'playwright/test'
import { ClientPage, clientUrl } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

/** Duplicates a tab as browsers do, session storage included; the copy starts without a network. */
const duplicate = async (page: Page, url: string): Promise<Page> => {
  await page.evaluate(() => sessionStorage.setItem('was-here', 'yes'))
  const opened = page.context().waitForEvent('page')
  await page.evaluate((address) => void window.open(address), url)
  const copy = await opened
  await copy.waitForLoadState()
  expect(await copy.evaluate(() => sessionStorage.getItem('was-here')), 'a real copy').toBe('yes')
  return copy
}

/** Opens the same address in another target of the same device, as a browser that restores its tabs does: no script asked for it. */
const openTarget = async (page: Page, url: string): Promise<Page> => {
  const cdp = await page.context().newCDPSession(page)
  const { targetInfo } = await cdp.send('Target.getTargetInfo')
  const opened = page.context().waitForEvent('page')
  const { browserContextId } = targetInfo
  await cdp.send('Target.createTarget', { url, ...(browserContextId && { browserContextId }) })
  const target = await opened
  await target.waitForURL(url)
  return target
}

const authorsOf = async (client: ClientPage): Promise<ReadonlySet<string>> =>
  new Set((await client.pending()).map(({ author }) => author))

test('P19, O1, S2: of a duplicated tab both sides’ edits survive, each under an author of its own', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const address = { room, user: 'ada' }
  const offlineUrl = `${clientUrl(relay.url, address)}&fault.refuse=true`
  const tab = await ClientPage.open(device, relay.url, address, journal)
  await tab.leaveTabs()
  await tab.type()
  await tab.expectSaved()
  await tab.cut()
  await tab.type()
  await tab.countUp()
  await tab.expectOnDevice()
  const [page] = device.pages()
  if (page === undefined) throw new Error('The tab is gone.')

  const copy = await ClientPage.inTab(await duplicate(page, offlineUrl), 'ada', journal)
  await copy.expectAllText()
  await copy.leaveTabs()
  const reopened = await ClientPage.inTab(await openTarget(page, offlineUrl), 'ada', journal)
  await reopened.expectAllText()

  // All three go on from the same state, and number their edits from there.
  const clients = [tab, copy, reopened]
  for (const client of clients) {
    await client.type()
    await client.countUp(2)
    await client.type()
    await client.expectOnDevice()
  }
  const [ofTab, ofCopy, ofReopened] = await Promise.all(clients.map(authorsOf))
  expect(ofTab?.size).toBe(1)
  expect(ofCopy?.size, 'what it found, and its own').toBe(2)
  expect(ofReopened?.size).toBe(2)

  for (const client of clients) await client.comeBack()
  for (const client of clients) {
    await client.expectAllText()
    await client.expectCounter(7)
    await client.expectSaved()
    expect((await client.status()).counters.rehomed, 'nobody forked').toBe(0)
  }
  const records = await verify()
  expect(new Set(records.map(({ author }) => author)).size).toBe(3)
})
