import { element } from '../element.ts'
import type { Network } from '../network.ts'
import { countWords } from './amounts.ts'
import { FAULT_WORDS } from './explanations.ts'
import type { Part } from './glance.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'
import type { FaultKind } from '../../kit/testing/index.ts'

const NONE_YET =
  'No fault has hit yet. Open the faults drawer: choose a preset such as Train, or cut the network.'

/** Faults that really hit, as often as they did; one that is merely switched on is none. */
export const createFaultsFired = ({ faults }: Network): Part => {
  const empty = element('p', { class: 'dash-empty', text: NONE_YET })
  const list = element('ul', { class: 'fired' })
  const figures = new Map<FaultKind, HTMLElement>()
  return {
    element: createSection('Faults that hit', 'faults-fired', [empty, list], 'Faults'),
    show: () => {
      const kinds = (Object.keys(faults.fired) as FaultKind[]).filter(
        (kind) => faults.fired[kind] > 0,
      )
      empty.hidden = kinds.length > 0
      for (const kind of kinds) {
        let figure = figures.get(kind)
        if (figure === undefined) {
          figure = element('b', { class: 'figure' })
          figures.set(kind, figure)
          list.append(
            element('li', { attributes: { 'data-fault': kind } }, [
              figure,
              ` ${FAULT_WORDS[kind]}`,
            ]),
          )
        }
        setText(figure, countWords(faults.fired[kind]))
      }
    },
  }
}
