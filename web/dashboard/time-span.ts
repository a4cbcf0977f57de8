import { element } from '../element.ts'

export type Span = {
  readonly ms: number
  /** Each point of a chart stands for so long. */
  readonly pointSeconds: number
  readonly label: string
  readonly words: string
}

const DEFAULT_SPAN: Span = {
  ms: 60_000,
  pointSeconds: 1,
  label: '1 min',
  words: 'last minute',
}
const SPANS: readonly Span[] = [
  DEFAULT_SPAN,
  { ms: 300_000, pointSeconds: 5, label: '5 min', words: 'last 5 minutes' },
  { ms: 900_000, pointSeconds: 15, label: '15 min', words: 'last 15 minutes' },
]

/** How far back charts and ribbon go. */
export type TimeSpan = {
  readonly element: HTMLElement
  readonly current: Span
  onChange(listener: () => void): void
}

export const createTimeSpan = (): TimeSpan => {
  let current = DEFAULT_SPAN
  const listeners: (() => void)[] = []
  const choices = SPANS.map((span) => {
    const input = element('input', {
      attributes: { type: 'radio', name: 'dashboard-span', value: String(span.ms) },
    })
    input.checked = span === current
    input.addEventListener('change', () => {
      current = span
      for (const listener of listeners) listener()
    })
    return element('label', { class: 'span-choice' }, [
      input,
      element('span', { text: span.label }),
    ])
  })
  return {
    element: element('fieldset', { class: 'span-choices' }, [
      element('legend', { class: 'unseen', text: 'How far back' }),
      ...choices,
    ]),
    get current() {
      return current
    },
    onChange: (listener) => void listeners.push(listener),
  }
}
