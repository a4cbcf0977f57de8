import { element } from '../element.ts'
import { ageWords, bytesWords, countWords, durationWords } from './amounts.ts'
import type { Glance, Part } from './glance.ts'
import { createOffsetScale } from './offset-scale.ts'
import { createSection } from './section.ts'
import { createTile } from './tile.ts'

/** What is on its way now, and how far along the log everybody is. */
export const createOutboxPanel = (): Part => {
  const waiting = createTile('outbox-entries', 'waiting', 'outbox')
  const oldest = createTile('outbox-oldest', 'oldest', 'oldest')
  const offDisk = createTile('outbox-off-disk', 'not on this device', 'offDisk')
  const bytes = createTile('outbox-bytes', 'bytes waiting', 'outbox')
  const rtt = createTile('rtt', 'round trip', 'rtt')
  const tiles = [waiting, oldest, offDisk, bytes, rtt]
  const scale = createOffsetScale()
  return {
    element: createSection('On the way', 'outbox', [
      element(
        'dl',
        { class: 'tiles' },
        tiles.map(({ element: tile }) => tile),
      ),
      scale.element,
    ]),
    show: (glance: Glance) => {
      const { outbox } = glance.figures
      const { rttMs, connection } = glance.status
      waiting.show(countWords(outbox.entries), outbox.entries > 0)
      oldest.show(outbox.entries === 0 ? '–' : ageWords(outbox.oldestMs))
      offDisk.show(countWords(outbox.offDisk), outbox.offDisk > 0)
      bytes.show(bytesWords(outbox.bytes))
      rtt.show(rttMs === undefined || connection !== 'live' ? '–' : durationWords(rttMs))
      scale.show(glance.figures)
    },
  }
}
