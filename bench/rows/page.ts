import { setTimeout as sleep } from 'node:timers/promises'
import { LabBrowser, kitBytes } from '../page/lab-browser.ts'
import type { Row } from '../row.ts'

const DOCUMENT_BYTES = 1_000_000
const KEYS = 200

/** What an app's page pays for us. */
export const page: Row = {
  name: 'page',
  title: 'In the page',
  how: 'Chromium, without a window. A document of 1 MB; keys one by one, each awaited on this device’s disk; a thread’s work by the browser’s own count, less what it does in the same time untouched; events written without a network and then sent, with the browser’s own report of tasks above 50 ms (0: none).',
  columns: [
    { key: 'keyMs', title: 'thread per key', unit: 'ms', better: 'less', isMain: true },
    { key: 'heldMs', title: 'held by a key at once, p99', unit: 'ms', better: 'less' },
    { key: 'storedMs', title: 'until on this device, p99', unit: 'ms', better: 'less' },
    { key: 'openMs', title: 'open to first content', unit: 'ms', better: 'less' },
    { key: 'longestMs', title: 'longest task of a drain', unit: 'ms', better: 'less' },
    { key: 'drainSeconds', title: 'until all is saved', unit: 's', better: 'less' },
    { key: 'kitKilobytes', title: 'kit, compressed, without Yjs', unit: 'kB', better: 'less' },
  ],
  contestants: ['holdfast'],
  leftOut: {
    'holdfast-y': 'It is about our own page.',
    'y-websocket': 'Its page keeps nothing on the device: there is nothing to compare.',
    hocuspocus: 'Its page keeps nothing on the device: there is nothing to compare.',
    'bare-ws': 'It has no page.',
  },
  settings: (isQuick) =>
    [isQuick ? 1000 : 10_000].map((value) => ({ name: `${value} events queued`, value })),
  run: async ({ target }, { value }) => {
    const browser = await LabBrowser.start(target.url)
    try {
      await browser.do('open', 'page')
      await browser.do('fill', DOCUMENT_BYTES)
      await browser.load(target.url)
      const openMs = await browser.do('open', 'page')
      await browser.do('saved')
      await browser.do('type', 20)
      const idleFrom = [performance.now(), await browser.workedMs()] as const
      await sleep(2000)
      const idle = ((await browser.workedMs()) - idleFrom[1]) / (performance.now() - idleFrom[0])
      const [begun, before] = [performance.now(), await browser.workedMs()]
      const { heldMs, storedMs } = await browser.do('type', KEYS)
      const idleMs = idle * (performance.now() - begun)
      const keyMs = Math.max(0, (await browser.workedMs()) - before - idleMs) / KEYS
      await browser.do('saved')
      await browser.do('queue', value)
      const { longestMs, seconds: drainSeconds } = await browser.do('drain')
      const kitKilobytes = (await kitBytes()) / 1000
      return { keyMs, heldMs, storedMs, openMs, longestMs, drainSeconds, kitKilobytes }
    } finally {
      await browser.end()
    }
  },
}
