import { element } from './element.ts'
import { stockLamps, stockSentence } from './stock-reading.ts'
import type { StockNews } from './stock-reading.ts'

/** As for the light of the other page: else each word of a reconnect would be read out. */
const READ_OUT_AFTER_MS = 1000

/** Where Holdfast has its light: the words of the stock parts, and what they do and do not mean. */
export const createStockInstrument = (): {
  readonly element: HTMLElement
  readonly show: (news: StockNews) => void
} => {
  const lamps = element('dl', { class: 'stock-lamps' })
  const sentence = element('p', { class: 'stock-sentence' })
  const meanings = element('dl', { class: 'stock-meanings' })
  const readOut = element('p', { class: 'unseen', attributes: { role: 'status' } })
  let shown: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    element: element('div', { class: 'stock-instrument' }, [
      lamps,
      sentence,
      element('details', { class: 'stock-details' }, [
        element('summary', { text: 'What these words mean' }),
        meanings,
      ]),
      readOut,
    ]),
    show: (news) => {
      const all = stockLamps(news)
      const words = [stockSentence(news), ...all.map(({ name, word }) => `${name} ${word}`)].join()
      if (words === shown) return
      shown = words
      sentence.textContent = stockSentence(news)
      lamps.replaceChildren(...all.map(createLamp))
      meanings.replaceChildren(...all.flatMap(createMeaning))
      clearTimeout(timer)
      timer = setTimeout(() => {
        readOut.textContent = `${all.map(({ name, word }) => `${name}: ${word}`).join(', ')}. ${stockSentence(news)}`
      }, READ_OUT_AFTER_MS)
    },
  }
}

const createLamp = ({ name, word, isGood }: ReturnType<typeof stockLamps>[number]): HTMLElement =>
  element(
    'div',
    { class: `stock-lamp${isGood ? ' is-good' : ''}`, attributes: { 'data-lamp': name } },
    [element('dt', { text: name }), element('dd', { text: word })],
  )

const createMeaning = ({
  name,
  word,
  meaning,
}: ReturnType<typeof stockLamps>[number]): HTMLElement[] => [
  element('dt', { text: `${name}: ${word}` }),
  element('dd', { text: meaning }),
]
