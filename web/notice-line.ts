import { element } from './element.ts'

/** A sentence of a page for as long as there is something to say; hidden while there is not. */
export const createNoticeLine = <Value>(
  className: string,
  sentenceOf: (value: Value) => string | undefined,
  /** What stands behind the sentence. */
  more: readonly Element[] = [],
): { readonly element: HTMLElement; readonly show: (value: Value) => void } => {
  const words = element('span')
  const attributes = { role: 'status', hidden: '' }
  const line = element('p', { class: className, attributes }, [words, ...more])
  return {
    element: line,
    show: (value) => {
      const sentence = sentenceOf(value)
      line.hidden = sentence === undefined
      // A reader of the screen says again what is written again.
      if (sentence !== undefined && words.textContent !== sentence) words.textContent = sentence
    },
  }
}
