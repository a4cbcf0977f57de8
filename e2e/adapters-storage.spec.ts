import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, expect, test } from 'playwright/test'
import type { BrowserContext, Page } from 'playwright/test'
import { STORAGE_CASES } from '../kit/testing/storage-contract.ts'
import { serveLab } from './adapters-lab/serve.ts'
import type { LabServer } from './adapters-lab/serve.ts'

let server: LabServer

test.beforeAll(async () => {
  server = await serveLab()
})

test.afterAll(async () => {
  await server.close()
})

const openLab = async (context: BrowserContext): Promise<Page> => {
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(server.origin)
  await page.waitForFunction(() => 'lab' in window)
  return page
}

/** In a page: begins a transaction that goes on until `isEnough` is set, and lets nobody else write. */
const occupy = (): Promise<void> =>
  new Promise((resolve) => {
    const request = indexedDB.open('holdfast/lab', 1)
    request.onsuccess = () => {
      const store = request.result.transaction('kept', 'readwrite').objectStore('kept')
      const goOn = (): void => {
        if ('isEnough' in window) return
        store.get('x').onsuccess = goOn
        resolve()
      }
      goOn()
    }
  })

test.describe('the contract, on IndexedDB', () => {
  let context: BrowserContext
  let page: Page

  test.beforeAll(async ({ browser }) => {
    context = await browser.newContext()
    page = await openLab(context)
  })

  test.afterAll(async () => {
    await context.close()
  })

  for (const [index, { title }] of STORAGE_CASES.entries()) {
    test(`${title} (IndexedDB)`, async () => {
      const error = await page.evaluate((at) => window.lab.runStorageCase(at), index)
      expect(error).toBeUndefined()
    })
  }
})

test('O15: cleared site data is told, the call under way is answered, and the next call works', async ({
  context,
}) => {
  const page = await openLab(context)
  await page.evaluate(async () => {
    window.lab.openStorage()
    await window.lab.putRows(1, 3)
  })
  const greedy = await openLab(context)
  await greedy.evaluate(occupy)
  // It has to wait for the greedy page, so it is under way when the data is cleared.
  await page.evaluate(() => Object.assign(window, { underWay: window.lab.putRows(4, 1) }))
  const cdp = await context.newCDPSession(page)
  await cdp.send('Storage.clearDataForOrigin', { origin: server.origin, storageTypes: 'indexeddb' })
  expect(await page.evaluate(() => Reflect.get(window, 'underWay'))).toBe('closed')
  await page.waitForFunction(() => window.lab.lostCount === 1)
  expect(await page.evaluate(() => window.lab.keptSeqs())).toEqual([])
  expect(await page.evaluate(() => window.lab.putRows(7, 1))).toBe('committed')
  expect(await page.evaluate(() => window.lab.keptSeqs())).toEqual([7])
  expect(await page.evaluate(() => window.lab.lostCount)).toBe(1)
})

test('O15: a database that was closed without a word is told as lost and opened anew', async ({
  context,
}) => {
  const page = await openLab(context)
  const answers = await page.evaluate(async () => {
    let opening: IDBOpenDBRequest | undefined
    window.lab.after(IDBFactory.prototype, 'open', (_, __, request) => {
      opening = request as IDBOpenDBRequest
    })
    window.lab.openStorage()
    const before = await window.lab.putRows(1, 1)
    opening?.result.close()
    const after = [await window.lab.putRows(2, 1), await window.lab.putRows(3, 1)]
    return [before, ...after, window.lab.lostCount, await window.lab.keptSeqs()]
  })
  expect(answers).toEqual(['committed', 'closed', 'committed', 1, [1, 3]])
})

test('O15: after a failure of the browser itself, the next call opens the database anew', async ({
  context,
}) => {
  const page = await openLab(context)
  const answers = await page.evaluate(async () => {
    let opened = 0
    window.lab.after(IDBFactory.prototype, 'open', () => opened++)
    window.lab.openStorage()
    const before = await window.lab.putRows(1, 1)
    const stop = window.lab.after(IDBObjectStore.prototype, 'put', () => {
      throw new DOMException('the disk failed', 'UnknownError')
    })
    const failed = await window.lab.putRows(2, 1)
    stop()
    const after = await window.lab.putRows(3, 1)
    return [before, failed, after, opened, window.lab.lostCount, await window.lab.keptSeqs()]
  })
  expect(answers).toEqual(['committed', 'closed', 'committed', 2, 0, [1, 3]])
})

test('O15: a page lets another delete the database, says that it is lost, and starts anew', async ({
  context,
}) => {
  const [page, other] = [await openLab(context), await openLab(context)]
  await page.evaluate(async () => {
    window.lab.openStorage()
    await window.lab.putRows(1, 3)
  })
  const deleted = await other.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const request = indexedDB.deleteDatabase('holdfast/lab')
        request.onblocked = () => resolve('blocked')
        request.onsuccess = () => resolve('deleted')
      }),
  )
  expect(deleted).toBe('deleted')
  await page.waitForFunction(() => window.lab.lostCount === 1)
  expect(await page.evaluate(() => window.lab.keptSeqs())).toEqual([])
  expect(await page.evaluate(() => window.lab.putRows(4, 1))).toBe('committed')
})

test('O15: a page lets a newer version upgrade the database, and then touches nothing of it', async ({
  context,
}) => {
  const [page, newer] = [await openLab(context), await openLab(context)]
  await page.evaluate(async () => {
    window.lab.openStorage()
    await window.lab.putRows(1, 3)
  })
  const upgraded = await newer.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const request = indexedDB.open('holdfast/lab', 2)
        request.onblocked = () => resolve('blocked')
        request.onsuccess = () => {
          request.result.close()
          resolve('upgraded')
        }
      }),
  )
  expect(upgraded).toBe('upgraded')
  expect(await page.evaluate(() => window.lab.putRows(4, 1))).toBe('unavailable')
  expect(await page.evaluate(() => window.lab.lastReason)).toContain('newer version')
  expect(await page.evaluate(() => window.lab.lostCount)).toBe(0)
  const count = await newer.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const request = indexedDB.open('holdfast/lab')
        request.onsuccess = () => {
          const counted = request.result.transaction('kept').objectStore('kept').count()
          counted.onsuccess = () => resolve(counted.result)
        }
      }),
  )
  expect(count).toBe(3)
})

test('O15: an opening that waits behind a blocked deletion is `unavailable` in time, and works later', async ({
  context,
}) => {
  const [page, stubborn] = [await openLab(context), await openLab(context)]
  // A page that does not react when asked to close.
  await stubborn.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('holdfast/lab', 1)
        request.onupgradeneeded = () => request.result.createObjectStore('kept')
        request.onsuccess = () => {
          Object.assign(window, { stubborn: request.result })
          indexedDB.deleteDatabase('holdfast/lab').onblocked = () => resolve()
        }
      }),
  )
  const code = await page.evaluate(() => {
    window.lab.openStorage({ openTimeoutMs: 200 })
    return window.lab.putRows(1, 1)
  })
  expect(code).toBe('unavailable')
  await stubborn.evaluate(() => {
    ;(Reflect.get(window, 'stubborn') as IDBDatabase).close()
  })
  await expect.poll(() => page.evaluate(() => window.lab.putRows(1, 1))).toBe('committed')
})

test('O15: behind another page that never ends its transaction a commit times out, and keeps nothing', async ({
  context,
}) => {
  const [page, greedy] = [await openLab(context), await openLab(context)]
  await page.evaluate(async () => {
    window.lab.openStorage({ transactionTimeoutMs: 300 })
    await window.lab.putRows(1, 1)
  })
  await greedy.evaluate(occupy)
  expect(await page.evaluate(() => window.lab.putRows(2, 1))).toBe('timeout')
  await greedy.evaluate(() => Object.assign(window, { isEnough: true }))
  await expect.poll(() => page.evaluate(() => window.lab.keptSeqs())).toEqual([1])
  expect(await page.evaluate(() => window.lab.putRows(3, 1))).toBe('committed')
  expect(await page.evaluate(() => window.lab.keptSeqs())).toEqual([1, 3])
})

test('O15: a full quota is answered `quota`, keeps nothing of the change, and ends when there is space', async ({
  context,
}) => {
  const page = await openLab(context)
  const cdp = await context.newCDPSession(page)
  // Before the first write: what space there is is remembered for a while.
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 100_000 })
  await page.evaluate(() => window.lab.openStorage())
  expect(await page.evaluate(() => window.lab.putRows(1, 1))).toBe('committed')
  expect(await page.evaluate(() => window.lab.putRows(2, 40, 50_000))).toBe('quota')
  expect(await page.evaluate(() => window.lab.keptSeqs())).toEqual([1])
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: server.origin })
  expect(await page.evaluate(() => window.lab.putRows(2, 40, 50_000))).toBe('committed')
  expect(await page.evaluate(() => window.lab.protection())).toMatchObject({
    isPersisted: false,
    usageBytes: expect.any(Number),
    quotaBytes: expect.any(Number),
  })
})

test('a put that succeeded is no commit: when the transaction then aborts, the answer is `aborted`', async ({
  context,
}) => {
  const page = await openLab(context)
  const answers = await page.evaluate(async () => {
    window.lab.openStorage()
    const before = await window.lab.putRows(1, 1)
    const stop = window.lab.after(IDBObjectStore.prototype, 'put', (store, _, request) => {
      ;(request as IDBRequest).addEventListener('success', () => store.transaction.abort())
    })
    const aborted = await window.lab.putRows(2, 1)
    stop()
    return [before, aborted, await window.lab.putRows(3, 1), await window.lab.keptSeqs()]
  })
  expect(answers).toEqual(['committed', 'aborted', 'committed', [1, 3]])
})

test('O15: what the browser throws at a put is answered, and nothing of the change is kept', async ({
  context,
}) => {
  const page = await openLab(context)
  const answers = await page.evaluate(async () => {
    window.lab.openStorage()
    let puts = 0
    const stop = window.lab.after(IDBObjectStore.prototype, 'put', () => {
      if (++puts === 2) throw new DOMException('as if', 'DataCloneError')
    })
    const thrown = await window.lab.putRows(1, 3)
    stop()
    return [thrown, await window.lab.keptSeqs(), window.lab.lastReason]
  })
  expect(answers).toEqual(['aborted', [], expect.stringContaining('as if')])
})

test('only a transaction with rows is strict', async ({ context }) => {
  const page = await openLab(context)
  const seen = await page.evaluate(async () => {
    const durabilities: unknown[] = []
    window.lab.after(IDBDatabase.prototype, 'transaction', (_, args) => {
      durabilities.push([args[1], args[2]])
    })
    window.lab.openStorage()
    await window.lab.putRows(1, 1)
    await window.lab.putRows(1, 0)
    return durabilities
  })
  expect(seen).toEqual([
    ['readwrite', { durability: 'strict' }],
    ['readwrite', { durability: 'relaxed' }],
  ])
})

test('SIGKILL of the browser right after `done` keeps every row', async ({
  launchOptions,
  headless,
}) => {
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-lab-'))
  const launch = (): Promise<BrowserContext> =>
    chromium.launchPersistentContext(profile, { ...launchOptions, headless: headless ?? true })
  try {
    const doomed = await launch()
    const page = await openLab(doomed)
    const browser = doomed.browser()
    if (browser === null) throw new Error('this browser cannot be asked for its processes')
    const cdp = await browser.newBrowserCDPSession()
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
    const pid = processInfo.find(({ type }) => type === 'browser')?.id
    if (pid === undefined) throw new Error('no browser process')
    let lastDone = 0
    const enough = new Promise<void>((resolve) => {
      void page.exposeFunction('tellDone', (seq: number) => {
        lastDone = seq
        if (seq === 300) {
          process.kill(pid, 'SIGKILL')
          resolve()
        }
      })
    })
    await page.waitForFunction(() => 'tellDone' in window)
    await page.evaluate(() => {
      window.lab.openStorage()
      const tellDone = Reflect.get(window, 'tellDone') as (seq: number) => void
      const putNext = async (seq: number): Promise<void> => {
        if ((await window.lab.putRows(seq, 1)) === 'committed') tellDone(seq)
        await putNext(seq + 1)
      }
      void putNext(1)
    })
    await enough
    if (browser.isConnected()) await new Promise((resolve) => browser.once('disconnected', resolve))
    const next = await launch()
    const reopened = await openLab(next)
    const seqs = await reopened.evaluate(() => {
      window.lab.openStorage()
      return window.lab.keptSeqs()
    })
    await next.close()
    expect(lastDone).toBeGreaterThanOrEqual(300)
    expect(seqs.slice(0, lastDone)).toEqual(Array.from({ length: lastDone }, (_, at) => at + 1))
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
})
