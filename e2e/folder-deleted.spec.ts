import { rm } from 'node:fs/promises'
import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { StartedRelay } from './support/started-relay.ts'
import { expect, test } from './support/test.ts'

test('P9, S3, A4, C9: the data folder is deleted while two pages type: all that they had and what they type then is in the new one', async ({
  newDevice,
  room,
  journal,
}) => {
  const relay = await StartedRelay.start()
  try {
    const open = async (user: string): Promise<ClientPage> =>
      ClientPage.open(await newDevice(), relay.url, { room, user }, journal)
    const [ada, bob] = [await open('ada'), await open('bob')]
    for (const client of [ada, bob]) {
      await client.type()
      await client.countUp(2)
      await client.expectSaved()
    }
    const gone = rm(relay.dataDir, { recursive: true })
    await ada.type()
    await bob.type()
    await ada.countUp()
    await gone
    await bob.countUp()

    for (const client of [ada, bob]) {
      await client.expectSaved(30_000)
      await client.expectAllText()
      await client.expectCounter(6)
    }
    journal.expectRecords(await inspect(relay.dataDir, room))
    const eva = await open('eva')
    await eva.expectAllText()
    await eva.expectCounter(6)
    expect(await eva.pending()).toEqual([])
  } finally {
    await relay.destroy()
  }
})

test('P9, A11, C12: what somebody wrote whose browser is gone for good comes back from those who have read it', async ({
  newDevice,
  room,
  journal,
}) => {
  const relay = await StartedRelay.start()
  try {
    const device = await newDevice()
    const gone = await ClientPage.open(device, relay.url, { room, user: 'eve' }, journal)
    await gone.type()
    await gone.countUp(3)
    await gone.expectSaved()
    const bob = await ClientPage.open(await newDevice(), relay.url, { room, user: 'bob' }, journal)
    await bob.countUp()
    await bob.expectSaved()
    await bob.expectCounter(4)
    await device.close()
    const { lastOffset: had } = await bob.status()

    await rm(relay.dataDir, { recursive: true })
    const restored = async () => (await bob.status()).restored ?? { records: 0, sessions: 0 }
    await expect.poll(restored, { timeout: 30_000 }).toEqual({ records: had, sessions: 1 })
    await bob.expectSaved(30_000)
    await bob.expectCounter(4)
    await bob.expectAllText()
    journal.expectRecords(await inspect(relay.dataDir, room))
  } finally {
    await relay.destroy()
  }
})
