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
