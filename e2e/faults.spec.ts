import { connectionDraws } from '../kit/testing/fault-draws.ts'
import { seriousProblems } from './support/accessibility.ts'
import { NUMBERS } from './support/number-controls.ts'
import type { NumberControl } from './support/number-controls.ts'
import { documentOf, RoomPage } from './room-page.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

/** What is lost is missed after seconds, and the back-off after several failures is seconds too. */
const HEALED_MS = 40_000
const SEED = 7

const openRoom = async (
  context: Parameters<typeof RoomPage.open>[0],
  relayUrl: string,
  room: string,
  journal: RoomPage['journal'],
  more = `fault.seed=${SEED}&open=faults`,
): Promise<RoomPage> => {
  const client = await RoomPage.open(
    context,
    relayUrl,
    'holdfast',
    { room, user: 'ada', more },
    journal,
  )
  await client.whenConnected()
  return client
}

const planInAddress = (client: RoomPage): string => new URL(client.page.url()).search

/** How often the drawer says that a fault struck. */
const struck = (client: RoomPage, fault: string): Promise<number> =>
  client.page.locator(`[data-fired="${fault}"]`).innerText().then(Number)

/** Types on until the fault has struck; each key is a frame and its answers. */
const typeUntilStruck = async (client: RoomPage, fault: string, before: number): Promise<void> => {
  await expect(async () => {
    await client.typeLetters(3)
    expect(await struck(client, fault), `${fault} struck`).toBeGreaterThan(before)
  }).toPass({ timeout: 30_000 })
}

/** Without the fault everything gets through. */
const expectHealed = async (client: RoomPage): Promise<void> => {
  await client.noFaults()
  await client.expectSaved(HEALED_MS)
  await client.expectAllText()
}

const expectAllStored = async (client: RoomPage, dataDir: string, room: string): Promise<void> => {
  await expectHealed(client)
  const records = await inspect(dataDir, room)
  client.journal.expectText(documentOf(records), 'the relay’s disk')
}

const playNumber = async (client: RoomPage, control: NumberControl): Promise<void> => {
  const { fault, field, typed, value, beside } = control
  if (beside !== undefined) await client.set(beside)
  const before = await client.plan()
  const slider = client.page.locator(`.fault-slider[data-field="${field}"]`)
  await slider.press('ArrowRight')
  const { [field]: slid } = await client.plan()
  expect(slid, 'one step of the slider').not.toBe(before[field])
  await slider.press('ArrowLeft')
  expect((await client.plan())[field], 'and back').toBe(before[field])

  const struckBefore = await struck(client, fault)
  const number = client.page.locator(`.fault-number[data-field="${field}"]`)
  await number.fill(typed)
  expect((await client.plan())[field]).toBe(value)
  await expect.poll(() => planInAddress(client)).toContain(`fault.${field}=${value}`)
  await expect(client.page.locator('.fault-summary')).not.toHaveText('no faults')
  await typeUntilStruck(client, fault, struckBefore)
  await expectHealed(client)
  await expect.poll(() => planInAddress(client)).not.toContain(field)
  expect(planInAddress(client)).toContain(`fault.seed=${SEED}`)
}

test('the control of each number changes the plan and the address, strikes, and what was typed ends saved', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  test.setTimeout(240_000)
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  for (const control of NUMBERS) {
    await test.step(control.field, () => playNumber(client, control))
  }
  await expectAllStored(client, relay.dataDir, room)
})

test('the switch for refused connections and the cut beside it keep the page out until it is off', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  await client.page.getByRole('switch', { name: 'Refused connections' }).press('Space')
  expect((await client.plan()).refuse).toBe(true)
  await expect.poll(() => planInAddress(client)).toContain('fault.refuse=true')
  await client.type()
  await client.expectSaved()
  expect(await struck(client, 'Refused connections'), 'what is there goes on').toBe(0)
  await client.cut()
  await expect.poll(() => struck(client, 'Refused connections')).toBeGreaterThan(0)
  await client.type()
  await expect.poll(() => client.said()).toBe('on-device')
  await expectAllStored(client, relay.dataDir, room)
})

const playHalfOpen = async (client: RoomPage, way: 'Up' | 'Down' | 'Both'): Promise<void> => {
  const [struckBefore, before] = [await struck(client, 'Half-open'), await client.fired()]
  const choice = client.page.getByRole('radiogroup', { name: 'Half-open' })
  await choice.getByRole('radio', { name: way }).check()
  expect((await client.plan()).halfOpen).toBe(way.toLowerCase())
  await expect.poll(() => planInAddress(client)).toContain(`fault.halfOpen=${way.toLowerCase()}`)
  await typeUntilStruck(client, 'Half-open', struckBefore)
  const fired = await client.fired()
  expect(fired.halfOpenUp > before.halfOpenUp).toBe(way !== 'Down')
  expect(await client.said(), 'nothing says saved that is not').not.toBe('saved')
  await expectHealed(client)
}

test('half-open each way swallows what it says, and what was typed ends saved', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  test.setTimeout(150_000)
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  for (const way of ['Up', 'Down', 'Both'] as const) {
    await test.step(way, () => playHalfOpen(client, way))
  }
  await expectAllStored(client, relay.dataDir, room)
})

const PRESETS = [
  ['train', 'Latency'],
  ['cafe', 'Bandwidth'],
  ['elevator', 'Half-open'],
  ['hotel-proxy', 'Loss'],
  ['flapping', 'Flapping'],
] as const

const playPreset = async (client: RoomPage, name: string, fault: string): Promise<void> => {
  const struckBefore = await struck(client, fault)
  const button = client.page.locator(`[data-preset="${name}"]`)
  await button.click()
  await expect(button).toHaveAttribute('aria-pressed', 'true')
  await expect(client.page.locator('[data-preset="none"]')).toHaveAttribute('aria-pressed', 'false')
  await expect.poll(() => planInAddress(client)).toMatch(/fault\.(?!seed)/)
  await typeUntilStruck(client, fault, struckBefore)
  await expectHealed(client)
}

test('each preset is on with one press, strikes, and what was typed ends saved', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  test.setTimeout(240_000)
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  for (const [name, fault] of PRESETS) {
    await test.step(name, () => playPreset(client, name, fault))
  }
  await expectAllStored(client, relay.dataDir, room)
})

test('an address carries its plan to whoever opens it, and one with a bad value says what is wrong', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const plan = 'fault.seed=9&fault.latencyMs=25&fault.halfOpen=none&fault.cut=0.001'
  const client = await openRoom(await newDevice(), relay.url, room, journal, `${plan}&open=faults`)
  expect(await client.plan()).toMatchObject({ seed: 9, latencyMs: 25, cut: 0.001 })
  await expect(client.page.locator('.fault-summary')).toHaveText('latency 25 ms, 0.1 % cuts')
  await expect(client.page.locator('.fault-number[data-field="cut"]')).toHaveValue('0.1')
  const link = client.page.getByLabel('Address with these faults')
  expect(await link.inputValue()).toBe(client.page.url())
  await client.page.locator('.fault-number[data-field="cut"]').fill('101')
  await expect(client.page.locator('.fault-problem:visible')).toHaveText(
    'This takes a number from 0 to 100 %.',
  )
  expect((await client.plan()).cut).toBe(0.001)

  await client.page.goto(`${relay.url}/app/${room}?fault.lossUp=2`)
  await expect(client.page.getByRole('alert')).toContainText(
    'fault.lossUp must be a number from 0 to 1, not "2".',
  )
})

/** A seed that spares what makes a connection: the relay sends away who greets it twice. */
const seedThatSpares = (frameCount: number, probability: number): number => {
  for (let seed = 1; ; seed++) {
    const { duplicate } = connectionDraws(seed, 0).up
    if (Array.from({ length: frameCount }, duplicate).every((draw) => draw >= probability)) {
      return seed
    }
  }
}

test('the same seed hits the same frames of a new connection, and a new seed is another one', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const FRAMES = 25
  const PROBABILITY = 0.4
  const seed = seedThatSpares(5, PROBABILITY)
  const device = await newDevice()
  // Counted at the socket, by the test itself: what each connection sends.
  const connections: string[][] = []
  device.on('page', (page) =>
    page.on('websocket', (socket) => {
      const frames: string[] = []
      connections.push(frames)
      socket.on('framesent', ({ payload }) =>
        frames.push(typeof payload === 'string' ? payload : payload.toString('hex')),
      )
    }),
  )
  const more = `fault.seed=${seed}&open=faults`
  const client = await openRoom(device, relay.url, room, journal, more)
  await client.set({ duplicateUp: PROBABILITY })
  /** Which of the first frames went twice. */
  const hitsOf = (frames: readonly string[]): boolean[] => {
    const hits: boolean[] = []
    for (let at = 0; at < frames.length && hits.length < FRAMES; at++) {
      const isTwice = frames[at + 1] === frames[at]
      hits.push(isTwice)
      if (isTwice) at++
    }
    return hits
  }
  const run = async (button: string): Promise<boolean[]> => {
    const before = connections.length
    await client.page.locator(`[data-seed="${button}"]`).click()
    await expect.poll(() => struck(client, 'Cuts')).toBe(0)
    await expect.poll(() => connections.length).toBeGreaterThan(before)
    await client.whenConnected()
    await expect(async () => {
      await client.typeLetters(3)
      expect(hitsOf(connections.at(-1)!)).toHaveLength(FRAMES)
    }).toPass({ timeout: 30_000 })
    return hitsOf(connections.at(-1)!)
  }
  const first = await run('again')
  expect(new Set(first), 'some are hit and some are not').toEqual(new Set([true, false]))
  expect(await run('again')).toEqual(first)
  expect((await client.plan()).seed).toBe(seed)
  await client.page.locator('[data-seed="new"]').click()
  const { seed: fresh } = await client.plan()
  expect(fresh).not.toBe(seed)
  await expect.poll(() => planInAddress(client)).toContain(`fault.seed=${fresh}`)
  await expectAllStored(client, relay.dataDir, room)
})

test('the buttons move the light within 300 ms', async ({ newDevice, relay, room, journal }) => {
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  /** From the press to the change of the line, in the page's own time. */
  const movedMs = (action: string): Promise<number> =>
    client.page.evaluate(async (name) => {
      const wire = document.querySelector<HTMLElement>('.wire')!
      const begun = performance.now()
      const moved = new Promise<number>((resolve) => {
        new MutationObserver((_, observer) => {
          observer.disconnect()
          requestAnimationFrame(() => resolve(performance.now() - begun))
        }).observe(wire, { attributeFilter: ['data-wire'] })
      })
      document.querySelector<HTMLElement>(`[data-action="${name}"]`)!.click()
      return moved
    }, action)
  await client.openFaults()
  for (const action of ['cut', 'offline', 'back']) {
    expect(await movedMs(action), action).toBeLessThan(300)
    if (action !== 'offline') await client.whenConnected()
  }
  const halfOpen = client.page.locator('[data-action="half-open"]')
  await halfOpen.click()
  await expect(halfOpen).toHaveAttribute('aria-pressed', 'true')
  expect((await client.plan()).halfOpen).toBe('both')
  await halfOpen.click()
  expect((await client.plan()).halfOpen).toBe('none')
})

test('a flood of a thousand edits leaves the page usable, tells when all are saved, and all are on the disk in order', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  test.setTimeout(120_000)
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  await client.page.evaluate(() => {
    let last = performance.now()
    const window_ = window as unknown as { longestMs: number }
    window_.longestMs = 0
    const look = (now: number): void => {
      window_.longestMs = Math.max(window_.longestMs, now - last)
      last = now
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await client.page.locator('[data-action="flood"]').click()
  const words = client.page.locator('.fault-flood p')
  await expect(words).toHaveText(/^1,000 edits written in .* All saved .* after the first\.$/, {
    timeout: 60_000,
  })
  await client.expectSaved()
  const records = await inspect(relay.dataDir, room)
  const numbers = Array.from({ length: 1000 }, (_, at) => `${at + 1} `).join('')
  expect(documentOf(records)).toBe(numbers)
  const longestMs = await client.page.evaluate(
    () => (window as unknown as { longestMs: number }).longestMs,
  )
  expect(longestMs, 'the longest time without a frame').toBeLessThan(500)
})

test('the drawer is usable by who does not see it and on a phone', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const client = await openRoom(await newDevice(), relay.url, room, journal)
  for (const colorScheme of ['light', 'dark'] as const) {
    await client.page.emulateMedia({ colorScheme })
    await client.set({ lossUp: 0.01, latencyMs: 1 })
    expect(await seriousProblems(client.page, '.fault-panel')).toEqual([])
  }
  await client.page.setViewportSize({ width: 360, height: 640 })
  await expect(client.page.locator('.fault-panel')).toBeVisible()
  const overflow = await client.page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  )
  expect(overflow).toBeLessThanOrEqual(0)
  const small = await client.page
    .locator('.fault-panel :is(button, input, .fault-choice-label):visible')
    .evaluateAll((all) =>
      all.flatMap((each) => {
        const { height } = (each.closest('label') ?? each).getBoundingClientRect()
        return height < 36 ? [`${each.outerHTML.slice(0, 80)}: ${height}`] : []
      }),
    )
  expect(small, 'big enough for a finger').toEqual([])
})
