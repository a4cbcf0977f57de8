import { test } from './behind-proxy.ts'
import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { textOf } from './support/journal.ts'
import { expect } from './support/test.ts'

const STROKE = { x: 3, y: 4 }

test('S2, O6: an edit whose ack is lost on the wire is sent again, is there once, and its delivery resolves', async ({
  newDevice,
  relay,
  wire,
  room,
  journal,
  verify,
}) => {
  const ada = await ClientPage.open(await newDevice(), wire.url, { room, user: 'ada' }, journal)
  await ada.type()
  await ada.expectSaved()

  wire.hold('down')
  journal.pushed('ada', 'stroke', STROKE)
  const delivered = ada.surface.evaluate(async (stroke) => {
    return (await window.holdfastDemo!.room.push('stroke', stroke)) as { offset?: number }
  }, STROKE)
  const mark = await ada.type()
  await expect
    .poll(async () => textOf(await inspect(relay.dataDir, room)), {
      message: 'the relay has it on its disk',
    })
    .toContain(mark)
  const [stroke, ...others] = (await inspect(relay.dataDir, room)).filter(
    ({ name }) => name === 'stroke',
  )
  expect(others).toEqual([])
  expect((await ada.reading()).light, 'what is not acked is not shown as saved').toBe('saving')
  expect((await ada.status()).counters).toMatchObject({ resent: 0, reconnects: 0 })

  // The acks that wait on the wire are lost with it.
  wire.cut()
  wire.heal()
  await ada.expectSaved()
  expect(await delivered).toMatchObject({ offset: stroke?.offset })
  const { counters } = await ada.status()
  expect(counters).toMatchObject({ reconnects: 1 })
  expect(
    (counters as typeof counters & { resent: number }).resent,
    'it did send again',
  ).toBeGreaterThan(0)
  await verify()
})
