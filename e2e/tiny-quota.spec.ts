import { ClientPage, clientUrl } from './support/client-page.ts'
import { keptData, rowsIn } from './support/kept-data.ts'
import { lightsShown, watchLights } from './support/lights-shown.ts'
import { expect, test } from './support/test.ts'

const QUOTA_BYTES = 1024

test('P23, O15, O9: with a quota of one kilobyte a page says that nothing is protected, never that it is on this device, and saves online', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  await watchLights(device)
  const page = await device.newPage()
  const cdp = await device.newCDPSession(page)
  // Before anything is written there: what space there is is remembered for a while.
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: relay.url, quotaSize: QUOTA_BYTES })
  await page.goto(clientUrl(relay.url, { room, user: 'ada' }))
  const client = await ClientPage.inTab(page, 'ada', journal)
  await client.type()
  await client.expectSaved()
  await client.cut()
  await client.type()
  await client.countUp(2)
  await expect.poll(() => client.reading()).toMatchObject({ light: 'volatile' })
  expect((await client.reading()).sentence).toMatch(/^Not protected\./)
  await expect(page.getByText('This browser cannot store: ')).toBeVisible()
  expect(rowsIn(await keptData(page)), 'nothing of it is on the disk').toEqual([])
  await client.comeBack()
  await client.expectSaved()
  expect(await lightsShown(page)).not.toContain('on-device')
  expect(await lightsShown(page)).toContain('volatile')

  // With space again it is as everywhere.
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: relay.url })
  await client.cut()
  await client.type()
  await client.expectOnDevice()
  expect(rowsIn(await keptData(page)).length).toBeGreaterThan(0)
  await client.comeBack()
  await client.expectSaved()
  await client.expectAllText()
  await client.expectCounter(2)
  await verify()
})
