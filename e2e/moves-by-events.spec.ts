import { ClientPage } from './support/client-page.ts'
import { countOf, foldOf } from './support/journal.ts'
import { expect, test } from './support/test.ts'

type Place = { readonly x: number; readonly y: number; readonly by: string }
type Moved = { readonly place: Place; readonly moves: number }

declare global {
  interface Window {
    /** The one object that everybody moves. */
    moved?: { readonly current: { readonly confirmed: Moved; readonly current: Moved } }
  }
}

const NOWHERE: Moved = { place: { x: 0, y: 0, by: 'nobody' }, moves: 0 }

const watch = (client: ClientPage): Promise<void> =>
  client.surface.evaluate((nowhere: Moved) => {
    window.moved = window.holdfastDemo!.room.fold<Moved>(nowhere, (moved, { name, payload }) =>
      name === 'move' ? { place: payload as Place, moves: moved.moves + 1 } : moved,
    )
  }, NOWHERE)

const shown = (
  client: ClientPage,
): Promise<{ readonly confirmed: Moved; readonly current: Moved }> =>
  client.surface.evaluate(() => window.moved!.current)

test('E2, E4: two who move one thing, online and offline, end where the log says', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const ada = await ClientPage.open(await newDevice(), relay.url, { room, user: 'ada' }, journal)
  const tim = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
  const clients = [ada, tim]
  for (const client of clients) await watch(client)
  let x = 0
  const move = async (client: ClientPage, times: number): Promise<Place> => {
    const places = Array.from({ length: times }, () => ({ x: ++x, y: x * x, by: client.user }))
    await client.push('move', places)
    return places.at(-1)!
  }

  await Promise.all(clients.flatMap((client) => [move(client, 20), client.countUp(5)]))
  for (const client of clients) await client.expectSaved()
  for (const client of clients) await client.expectCounter(10)
  const online = await shown(ada)
  expect(online.confirmed).toEqual(online.current)
  await expect.poll(() => shown(tim)).toEqual(online)

  for (const client of clients) await client.cut()
  const lastOfAda = await move(ada, 10)
  const lastOfTim = await move(tim, 10)
  await ada.countUp(3)
  await tim.countDown(4)
  for (const client of clients) await client.expectOnDevice()
  expect(await shown(ada)).toEqual({
    confirmed: online.confirmed,
    current: { place: lastOfAda, moves: 50 },
  })
  expect((await shown(tim)).current).toEqual({ place: lastOfTim, moves: 50 })

  // Ada moved first and comes back last: her moves stand behind his in the log.
  await tim.comeBack()
  await tim.expectSaved()
  await ada.comeBack()
  await ada.expectSaved()
  await ada.expectCounter(9)
  await tim.expectCounter(9)
  const records = await verify()
  const moved = foldOf(records, NOWHERE, ({ place, moves }, { name, payload }) =>
    name === 'move' ? { place: payload as Place, moves: moves + 1 } : { place, moves },
  )
  expect(moved).toEqual({ place: lastOfAda, moves: 60 })
  for (const client of clients) {
    await expect.poll(() => shown(client)).toEqual({ confirmed: moved, current: moved })
  }
  expect(countOf(records)).toBe(9)
})
