import { element } from '../element.ts'
import type { Explained } from './explanations.ts'
import { setText } from './set-text.ts'
import { createTerm } from './term.ts'

/** A figure with its explained name. `name` is what tests and reports find it by. */
export const createTile = (
  name: string,
  word: string,
  explained: Explained,
): { readonly element: HTMLElement; readonly show: (text: string, isNews?: boolean) => void } => {
  const figure = element('dd', { class: 'figure', text: '0' })
  const tile = element('div', { class: 'tile', attributes: { 'data-figure': name } }, [
    element('dt', {}, [createTerm(word, explained)]),
    figure,
  ])
  return {
    element: tile,
    show: (text, isNews = false) => {
      setText(figure, text)
      tile.classList.toggle('is-news', isNews)
    },
  }
}
