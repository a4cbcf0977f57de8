import type { FaultKind, FaultPlan } from '../kit/testing/index.ts'
import { seriousProblems } from './support/accessibility.ts'
import { documentOf, RoomPage, roomUrl } from './room-page.ts'
import type { SetUp } from './room-page.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

/** The stock provider waits up to 2.5 s between two attempts, and notices a silent relay after 30 s and more. */
const BACK_MS = 20_000

test('two on stock parts write one document with each other and with somebody on Holdfast, and the relay has it', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const open = async (setUp: SetUp, user: string): Promise<RoomPage> =>
    RoomPage.open(await newDevice(), relay.url, setUp, { room, user }, journal)
  const clients = [
    await open('alone', 'ada'),
    await open('indexeddb', 'tim'),
    await open('holdfast', 'eva'),
  ]
  for (const client of clients) {
    await client.whenConnected()
    await client.type()
    // Who types next has all of it: nobody types into another's words.
    for (const each of clients) await each.expectAllText()
  }
  const [stock] = clients
  await expect(stock!.page.getByRole('region', { name: 'Who is here' })).toContainText('tim')
  await expect(async () => {
    journal.expectText(documentOf(await inspect(relay.dataDir, room)), 'the relay’s disk')
  }).toPass()
})

test('the switch for y-indexeddb turns it on and off and is in the address, which takes no other word', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const client = await RoomPage.open(
    await newDevice(),
    relay.url,
    'alone',
    { room, user: 'ada' },
    journal,
  )
  const { page } = client
  const lamp = page.locator('[data-lamp="y-indexeddb synced"]')
  await expect(lamp).toHaveCount(0)
  await expect(page.locator('.stock-sentence')).toContainText('Nothing says')
  await page.getByRole('switch', { name: 'y-indexeddb' }).click()
  await expect(page).toHaveURL(/keep=indexeddb/)
  await expect(lamp).toContainText('yes')
  await page.getByRole('switch', { name: 'y-indexeddb' }).click()
  await expect(page).not.toHaveURL(/keep=/)
  await page.goto(`${relay.url}/basic/${room}?keep=paper`)
  await expect(page.getByRole('alert')).toContainText('“paper” is neither')
})

test('the page leads to the same room on Holdfast, with the faults that are on, and is found by other addresses', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const device = await newDevice()
  const client = await RoomPage.open(
    device,
    relay.url,
    'alone',
    { room, user: 'ada', more: 'fault.latencyMs=5&fault.seed=0' },
    journal,
  )
  await client.type()
  await client.page.getByRole('link', { name: 'The same room on Holdfast' }).click()
  await expect(client.page).toHaveURL(
    `${relay.url}/app/${room}?user=ada&fault.latencyMs=5&fault.seed=0`,
  )
  await expect(client.page.getByRole('textbox', { name: 'Shared document' })).toContainText(
    '[ada 1]',
  )
  await client.page.goto(`${relay.url}/basic.html?room=${room}`)
  await expect(client.page.getByRole('textbox', { name: 'Shared document' })).toContainText(
    '[ada 1]',
  )
  await client.page.goto(`${relay.url}/basic`)
  await expect(client.page).toHaveURL(/\/basic\/room-\w+/)
})

test('the words of the stock parts follow the network within 300 ms, and promise nothing', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const client = await RoomPage.open(
    await newDevice(),
    relay.url,
    'indexeddb',
    { room, user: 'ada', more: 'open=faults' },
    journal,
  )
  const { page } = client
  await client.whenConnected()
  const movedMs = await page.evaluate(async () => {
    const lamps = document.querySelector('.stock-lamps')!
    const moved = new Promise<void>((resolve) => {
      new MutationObserver(() => resolve()).observe(lamps, { childList: true, subtree: true })
    })
    const begun = performance.now()
    document.querySelector<HTMLElement>('[data-action="offline"]')!.click()
    await moved
    return performance.now() - begun
  })
  expect(movedMs).toBeLessThan(300)
  await expect(page.locator('[data-lamp="status"]')).not.toContainText('connected')
  await expect(page.locator('[data-lamp="synced"]')).toContainText('no')
  await client.type()
  await expect(page.locator('.stock-instrument')).not.toContainText(/saved|safe/i)
  await client.comeBack()
  await client.whenConnected(BACK_MS)
  await expect(async () => {
    journal.expectText(documentOf(await inspect(relay.dataDir, room)), 'the relay’s disk')
  }).toPass()
})

/** By what is counted. Spoilt text can stay spoilt for ever (see comparison.spec.ts), so that comes last. */
const STRIKES: readonly (readonly [FaultKind, Partial<FaultPlan>])[] = [
  ['latency', { latencyMs: 30 }],
  ['jitter', { jitterMs: 30 }],
  ['bandwidthUp', { bytesPerSecondUp: 20_000 }],
  ['bandwidthDown', { bytesPerSecondDown: 20_000 }],
  ['lossUp', { lossUp: 0.3 }],
  ['lossDown', { lossDown: 0.3 }],
  ['duplicateUp', { duplicateUp: 0.4 }],
  ['duplicateDown', { duplicateDown: 0.4 }],
  ['reorderUp', { reorderUp: 0.4 }],
  ['reorderDown', { reorderDown: 0.4 }],
  ['cut', { cut: 0.1 }],
  ['refuse', { refuse: true }],
  ['halfOpenUp', { halfOpen: 'up' }],
  ['halfOpenDown', { halfOpen: 'down' }],
  ['flap', { flapOnMs: 500, flapOffMs: 200 }],
  ['corruptUp', { corruptUp: 0.3 }],
  ['corruptDown', { corruptDown: 0.3 }],
]

test('each fault strikes the stock provider’s socket too, and after it all that was typed is stored', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  test.setTimeout(240_000)
  const open = async (setUp: SetUp, user: string): Promise<RoomPage> =>
    RoomPage.open(await newDevice(), relay.url, setUp, { room, user }, journal)
  const ada = await open('alone', 'ada')
  const tim = await open('alone', 'tim')
  for (const [kind, plan] of STRIKES) {
    await ada.whenConnected(BACK_MS)
    await ada.set(plan)
    if (plan.refuse === true) await ada.cut()
    await expect(async () => {
      for (const client of [tim, ada]) await client.typeLetters(2)
      expect((await ada.fired())[kind], `${kind} struck`).toBeGreaterThan(0)
    }).toPass({ timeout: 30_000 })
    await ada.noFaults()
    // What was lost comes with a new connection, and only then.
    await ada.cut()
    await ada.whenConnected(BACK_MS)
    if (kind.startsWith('corrupt')) continue
    await expect(async () => {
      journal.expectText(documentOf(await inspect(relay.dataDir, room)), `after ${kind}`)
    }).toPass({ timeout: 20_000 })
  }
  await expect(ada.page.locator('[data-fault="Lost acks"]')).toContainText(
    'Stock clients get no acks',
  )
})

test('a stock client that the relay refuses for good says so', async ({
  newDevice,
  relay,
  room,
}) => {
  const page = await (await newDevice()).newPage()
  await page.routeWebSocket(
    /\/y\//,
    (socket) => void socket.close({ code: 4401, reason: 'no entry' }),
  )
  await page.goto(roomUrl(relay.url, 'alone', { room, user: 'ada' }))
  await expect(page.getByRole('alert')).toContainText('The relay refused: no entry')
  await expect(page.locator('.stock-sentence')).toContainText('stopped trying')
})

test('the page is usable by who does not see it and on a phone', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const client = await RoomPage.open(
    await newDevice(),
    relay.url,
    'indexeddb',
    { room, user: 'ada', more: 'open=compare' },
    journal,
  )
  const { page } = client
  await expect(page.locator('.comparison')).toBeVisible()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const part of ['.comparison', '.basic-bar', '.stock-instrument', '.stock-people']) {
      expect(await seriousProblems(page, part)).toEqual([])
    }
  }
  for (const width of [360, 768, 1600]) {
    await page.setViewportSize({ width, height: 700 })
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    )
    expect(overflow, `at ${width}`).toBeLessThanOrEqual(0)
  }
})
