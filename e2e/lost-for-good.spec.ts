import { readFile } from 'node:fs/promises'
import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

test('C13, C9: of a relay that lost its folder and its secrets a page says what is missing with somebody who never returns, and gives it out', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const hers = await newDevice()
  const eve = await ClientPage.open(hers, relay.url, { room, user: 'eve' }, journal)
  await eve.type()
  await eve.countUp(3)
  await eve.expectSaved()
  const his = await newDevice()
  const bob = await his.newPage()
  await bob.goto(`${relay.url}/app/${room}?user=bob`)
  const light = bob.locator('.light').first()
  await expect(light).toHaveAttribute('data-save', 'saved')
  await expect
    .poll(() => bob.evaluate(() => window.holdfastDemo?.room.status.current.lastOffset))
    .toBeGreaterThan(3)
  await hers.close()
  await relay.kill()
  await relay.loseData()
  await relay.startAgain()

  const line = bob.getByText(/^The relay lost 3 events of other people that this page had seen\./)
  await expect(line).toBeVisible({ timeout: 30_000 })
  const saved = bob.waitForEvent('download')
  await bob.getByRole('button', { name: 'Save them as a file' }).click()
  const file = JSON.parse(await readFile(await (await saved).path(), 'utf8'))
  expect(file).toMatchObject({
    room,
    missing: [1, 2, 3].map(() => ({ user: 'eve', name: 'count', payload: { by: 1 } })),
  })
})
