import { element } from '../element.ts'
import { createGlyph } from '../glyph.ts'
import type { Glance, Part } from './glance.ts'
import { safetySentence } from './safety-sentence.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'

/** What is safe, where and since when, for somebody who only writes. */
export const createSafetyPanel = (): Part => {
  const glyph = createGlyph()
  const safe = element('p', { class: 'safety-safe' })
  const next = element('p', { class: 'safety-next' })
  const panel = element('div', { class: 'safety' }, [glyph.element, safe, next])
  return {
    element: createSection('What is safe', 'safety', [panel]),
    show: (glance) => {
      const { save } = glance.status
      if (panel.dataset['save'] !== save) {
        panel.dataset['save'] = save
        glyph.show(save)
      }
      const sentence = safetySentence(factsOf(glance))
      setText(safe, sentence.safe)
      setText(next, sentence.next)
    },
  }
}

const factsOf = ({ status, figures, recording, nowMs }: Glance) => ({
  ...status,
  oldestPendingMs: figures.outbox.oldestMs,
  offDiskCount: figures.outbox.offDisk,
  problem: status.problem?.message,
  sinceMs: recording.saveSinceMs,
  nowMs,
})
