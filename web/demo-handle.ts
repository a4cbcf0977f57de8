import type { Room } from '../kit/index.ts'
import type { Network } from './network.ts'

/**
 * What a client's page offers to whoever drives it from outside, with Playwright for instance:
 *
 *     await page.evaluate(() => window.holdfastDemo?.room.status.current)
 *
 * It is there as soon as the room is open, and nothing else of the page is global.
 */
export type DemoHandle = {
  readonly room: Room
  readonly faults: Network['faults']
  readonly peerFaults: Network['peerFaults']
}

declare global {
  interface Window {
    holdfastDemo?: DemoHandle
  }
}
