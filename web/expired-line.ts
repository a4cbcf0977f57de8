import { element } from './element.ts'

/** What a page says of a room whose older events were too old to be kept; undefined where it has them all. */
export const expiredSentence = (expiredEvents: number): string | undefined => {
  if (expiredEvents === 0) return undefined
  const events = expiredEvents === 1 ? 'event is' : 'events are'
  return `${expiredEvents.toLocaleString('en')} older ${events} not kept in this room any more.`
}

/** That sentence; hidden while there is none. */
export const createExpiredLine = (): {
  readonly element: HTMLElement
  readonly show: (expiredEvents: number) => void
} => {
  const line = element('p', { class: 'quiet-note', attributes: { role: 'status', hidden: '' } })
  return {
    element: line,
    show: (expiredEvents) => {
      const sentence = expiredSentence(expiredEvents)
      line.hidden = sentence === undefined
      if (sentence !== undefined && line.textContent !== sentence) line.textContent = sentence
    },
  }
}
