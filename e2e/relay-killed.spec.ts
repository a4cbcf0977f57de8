import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { figure } from './support/as-written.ts'
import { ClientPage } from './support/client-page.ts'
import { copyFolder } from './support/copy-folder.ts'
import type { InspectedRecord } from './support/inspect.ts'
import { inspect } from './support/inspect.ts'
import { textOf } from './support/journal.ts'
import type { Journal } from './support/journal.ts'
import { expect, test } from './support/test.ts'

const BURST = 10
/** The kill comes with the ack of one of a round's first events, another one each round. */
const LATEST_ACK = 40

/** Kept in the page by the test: what was pushed, acked and, by the light, shown as saved. */
type Watch = {
  pushed: number
  acked: number
  /** How many had been pushed, and what the text was, when the light last said saved. */
  saved: number
  savedText: string
  awaited: (() => void) | undefined
}

/** What a page has said so far. */
type Claim = Omit<Watch, 'awaited'>

type Watched = Window & { watch?: Watch }

/** A page that writes in bursts, and the test's own journal of it. */
class BurstingPage {
  readonly client: ClientPage
  readonly #journal: Journal
  #pushedCount = 0

  constructor(client: ClientPage, journal: Journal) {
    this.client = client
    this.#journal = journal
  }

  /** From now on, whatever the light says, and whenever, is noted with what it was said of. */
  async watchLight(): Promise<void> {
    await this.client.surface.evaluate(() => {
      const light = document.querySelector<HTMLElement>('.light')!
      const text = document.querySelector<HTMLTextAreaElement>('#shared-text')!
      const watch: Watch = { pushed: 0, acked: 0, saved: 0, savedText: '', awaited: undefined }
      ;(window as Watched).watch = watch
      new MutationObserver(() => {
        if (light.dataset['save'] !== 'saved') return
        watch.saved = watch.pushed
        watch.savedText = text.value
      }).observe(light, { attributes: true })
    })
  }

  async burst(): Promise<void> {
    const first = this.#pushedCount + 1
    this.#pushedCount += BURST
    for (let n = first; n < first + BURST; n++)
      this.#journal.pushed(this.client.user, 'tick', { n })
    await this.client.surface.evaluate(
      ([from, count]) => {
        const watch = (window as Watched).watch!
        for (let n = from; n < from + count; n++) {
          watch.pushed = n
          const delivery = window.holdfastDemo!.room.push('tick', { n }) as PromiseLike<unknown>
          void delivery.then(() => {
            watch.acked++
            watch.awaited?.()
          })
        }
      },
      [first, BURST] as const,
    )
  }

  /** Resolves with the ack of the `count`th event from now on. */
  async acks(count: number): Promise<void> {
    await this.client.surface.evaluate((more) => {
      const watch = (window as Watched).watch!
      const goal = watch.acked + more
      return new Promise<void>((resolve) => {
        watch.awaited = () => {
          if (watch.acked >= goal) resolve()
        }
      })
    }, count)
  }

  watch(): Promise<Claim> {
    return this.client.surface.evaluate(() => {
      const { awaited: _, ...rest } = (window as Watched).watch!
      return rest
    })
  }

  /** C7: as when the browser finds a network again, which ends every wait: the relay is back, and twenty rounds are long. */
  async comeBack(): Promise<void> {
    const wakeAndLook = async (): Promise<string> => {
      await this.client.surface.evaluate(() => window.dispatchEvent(new Event('online')))
      return (await this.client.status()).connection
    }
    await expect.poll(wakeAndLook, { intervals: [50], timeout: 5000 }).toBe('live')
  }

  /** Every event that this page had shown as saved by then is there, and so is all of the text. */
  expectSavedIsIn(records: readonly InspectedRecord[], claim: Claim): void {
    const { user } = this.client
    const { saved, savedText, acked } = claim
    const own = records.filter((record) => record.user === user && record.name === 'tick')
    const there = new Set(own.map(({ payload }) => (payload as { n: number }).n))
    const missing = Array.from({ length: saved }, (_, at) => at + 1).filter((n) => !there.has(n))
    expect(missing, `${user}: shown as saved, and not on the disk`).toEqual([])
    const text = textOf(records)
    const missingText = [...savedText].filter((letter) => !text.includes(letter))
    expect(missingText, `${user}: text shown as saved, and not on the disk`).toEqual([])
    expect(own.length, `${user}: deliveries that resolved`).toBeGreaterThanOrEqual(acked)
  }
}

/** What the dead relay has left, as it is now; to be read in peace while it starts again. */
const copyOf = async (dataDir: string): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'holdfast-left-'))
  await copyFolder(dataDir, copy)
  return copy
}

/** Both write without a pause until one of `killer`'s first events is acked; then `strike`, in the middle of all the others. */
const killInMidBurst = async (
  pages: readonly BurstingPage[],
  killer: BurstingPage,
  ackCount: number,
  strike: () => Promise<unknown>,
): Promise<void> => {
  let isOver = false
  const struck = killer.acks(ackCount).then(async () => {
    await strike()
    isOver = true
  })
  const write = async (page: BurstingPage): Promise<void> => {
    await page.client.typeLetters(2)
    while (!isOver) await page.burst()
  }
  await Promise.all([struck, ...pages.map(write)])
}

test('S3, C7: the relay is killed again and again in mid-burst, and all that was shown as saved is there', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const kills = figure('kills of the relay under two pages:', 20, 8)
  test.setTimeout(180_000)
  const pages = await Promise.all(
    ['ada', 'tim'].map(async (user) => {
      const client = await ClientPage.open(await newDevice(), relay.url, { room, user }, journal)
      return new BurstingPage(client, journal)
    }),
  )
  for (const page of pages) await page.watchLight()
  let killedWithPending = 0
  for (let kill = 0; kill < kills; kill++) {
    const killer = pages[kill % pages.length]!
    await killInMidBurst(pages, killer, 1 + ((kill * 7) % LATEST_ACK), () => relay.kill('SIGKILL'))
    for (const { client } of pages) {
      await expect.poll(() => client.status().then((is) => is.connection)).not.toBe('live')
    }
    if ((await killer.watch()).acked < (await killer.watch()).pushed) killedWithPending++
    // Taken while no relay runs: a page may be back, and rightly say more, as soon as there is one again.
    const claims = await Promise.all(pages.map((page) => page.watch()))
    const copy = await copyOf(relay.dataDir)
    const [left] = await Promise.all([inspect(copy, room), relay.startAgain()])
    await rm(copy, { recursive: true })
    for (const [at, page] of pages.entries()) page.expectSavedIsIn(left, claims[at]!)
    for (const page of pages) {
      await page.comeBack()
      await page.client.expectSaved()
    }
  }
  expect(killedWithPending, 'most kills hit in mid-burst').toBeGreaterThan(kills / 2)
  for (const { client } of pages) await client.expectAllText()
  await verify()
  for (const page of pages) {
    const { saved, acked, pushed } = await page.watch()
    expect({ saved, acked }, 'the light said so of everything').toEqual({
      saved: pushed,
      acked: pushed,
    })
    expect((await page.client.status()).counters).toMatchObject({ rehomed: 0 })
  }
})
