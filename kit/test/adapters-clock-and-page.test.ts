import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { browserPage } from '../adapters/browser-page.ts'
import { headlessPage } from '../adapters/headless-page.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { PageEvent } from '../ports.ts'

test('a wake comes at its time or after it, never before, and not from within the call', async () => {
  const clock = systemClock()
  for (let round = 0; round < 20; round++) {
    const at = clock.now() + 3 + round / 10
    await new Promise<void>((resolve) => {
      clock.wake(at, resolve)
    })
    assert.ok(clock.now() >= at, `woke ${at - clock.now()} ms early`)
  }
  let isCalling = true
  const wokenInTime = new Promise<void>((resolve) => {
    clock.wake(clock.now() - 5, () => {
      assert.ok(!isCalling)
      resolve()
    })
  })
  isCalling = false
  await wokenInTime
})

test('a wake that was given up does not come', async () => {
  const clock = systemClock()
  const giveUp = clock.wake(clock.now(), () => assert.fail('woken'))
  giveUp()
  await new Promise<void>((resolve) => {
    clock.wake(clock.now() + 5, resolve)
  })
})

test('a wake in more than 24.8 days waits in steps that a timer can do', () => {
  const delays: (number | undefined)[] = []
  const timers = mock.method(globalThis, 'setTimeout', (_: () => void, delayMs?: number) => {
    delays.push(delayMs)
  })
  try {
    const clock = systemClock()
    clock.wake(clock.now() + 40 * 24 * 3600 * 1000, () => assert.fail('woken'))
  } finally {
    timers.mock.restore()
  }
  assert.deepEqual(delays, [2 ** 31 - 1])
})

class FakeDocument extends EventTarget {
  visibilityState = 'visible'
}

test('what the page goes through is told in the kit’s words until nobody listens', () => {
  const window = new EventTarget()
  const document = new FakeDocument()
  const page = browserPage({ window, document })
  const seen: PageEvent[] = []
  const stop = page.subscribe((event) => seen.push(event))
  const tell = (): void => {
    window.dispatchEvent(new Event('offline'))
    window.dispatchEvent(new Event('online'))
    document.visibilityState = 'hidden'
    assert.equal(page.isHidden, true)
    document.dispatchEvent(new Event('visibilitychange'))
    document.visibilityState = 'visible'
    document.dispatchEvent(new Event('visibilitychange'))
    window.dispatchEvent(new Event('pagehide'))
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    document.dispatchEvent(new Event('freeze'))
    document.dispatchEvent(new Event('resume'))
  }
  tell()
  const expected = ['offline', 'online', 'hidden', 'visible', 'leaving', 'shown', 'resumed']
  assert.deepEqual(seen, expected)
  stop()
  tell()
  assert.deepEqual(seen, expected)
})

test('a worker has no document and is never hidden; Node is no page at all', () => {
  const worker = browserPage({ window: new EventTarget(), document: undefined })
  assert.equal(worker.isHidden, false)
  worker.subscribe(() => assert.fail('nothing happened'))()
  assert.equal(headlessPage().isHidden, false)
  headlessPage().subscribe(() => assert.fail('nothing happened'))()
})
