import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClientPage } from './support/client-page.ts'
import { copyFolder } from './support/copy-folder.ts'
import type { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

/** The whole data folder, taken while the relay is down; the returned function puts it back. */
const backUp = async (relay: RelayProcess): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-backup-'))
  await copyFolder(relay.dataDir, folder)
  return async () => {
    await relay.loseData()
    await copyFolder(folder, relay.dataDir)
    await rm(folder, { recursive: true })
  }
}

test('P11, S15, C12: yesterday’s backup is put back under two who have typed since, of whom one never returns: nothing is lost, and both sides say how much came back', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const [hers, his] = [await newDevice(), await newDevice()]
  const ada = await ClientPage.open(hers, relay.url, { room, user: 'ada' }, journal)
  const bob = await ClientPage.open(his, relay.url, { room, user: 'bob' }, journal)
  await ada.type()
  await ada.countUp(2)
  await bob.countUp()
  for (const client of [ada, bob]) await client.expectSaved()
  await relay.kill('SIGTERM')
  const putBack = await backUp(relay)
  await relay.startAgain()
  for (const client of [ada, bob]) {
    await client.type()
    await client.countUp(3)
    await client.expectSaved()
  }
  await ada.expectAllText()
  await bob.expectAllText()
  await expect(async () => expect(await bob.counter()).toBe(9)).toPass({ timeout: 10_000 })
  // What ada has seen since is on bob's device, and nowhere else once her browser is gone.
  await hers.close()
  await relay.kill('SIGTERM')
  await putBack()
  await bob.type()
  await bob.countUp()
  await relay.startAgain()

  await bob.expectSaved(30_000)
  await bob.expectAllText()
  const page = await his.newPage()
  await page.goto(`${relay.url}/app/${room}?user=eva`)
  await expect(
    page.getByText(
      /^The relay had lost a part of this room\. \d+ records were restored by 1 browser\.$/,
    ),
  ).toBeVisible()
  await page.close()
  const metrics = await (await fetch(`${relay.url}/metrics`)).text()
  expect(metrics).toMatch(/^holdfast_epoch_turns_total 1$/m)
  const [, restored] = /^holdfast_records_restored_total (\d+)$/m.exec(metrics) ?? []
  expect(Number(restored)).toBeGreaterThan(5)
  const records = await verify()
  expect(records.filter(({ user }) => user === 'ada').length).toBeGreaterThan(5)
  await his.close()
})

test('P11, S15: the same where somebody has written past the old place by then', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const [hers, his] = [await newDevice(), await newDevice()]
  const ada = await ClientPage.open(hers, relay.url, { room, user: 'ada' }, journal)
  await ada.type()
  await ada.expectSaved()
  await relay.kill('SIGTERM')
  const putBack = await backUp(relay)
  await relay.startAgain()
  await ada.countUp(3)
  await ada.expectSaved()
  await ada.closeTab()
  await relay.kill('SIGTERM')
  await putBack()
  await relay.startAgain()
  const bob = await ClientPage.open(his, relay.url, { room, user: 'bob' }, journal)
  await bob.countUp(9)
  await bob.expectSaved()

  const back = await ClientPage.open(hers, relay.url, { room, user: 'ada' }, journal)
  await back.expectCounter(12)
  await bob.expectCounter(12)
  await back.expectSaved(30_000)
  await bob.expectSaved(30_000)
  await verify()
  for (const device of [hers, his]) await device.close()
})
