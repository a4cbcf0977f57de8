import { element } from './element.ts'
import { setText } from './dashboard/set-text.ts'

/** A sentence about what is wrong, with its code; hidden while nothing is. */
export const createProblemLine = (): {
  element: HTMLElement
  show: (problem: { readonly code?: string; readonly message: string } | undefined) => void
} => {
  const code = element('code')
  const sentence = element('span')
  const line = element('p', { class: 'problem', attributes: { role: 'alert', hidden: '' } }, [
    sentence,
    ' ',
    code,
  ])
  return {
    element: line,
    show: (problem) => {
      line.hidden = problem === undefined
      setText(sentence, problem?.message ?? '')
      setText(code, problem?.code ?? '')
    },
  }
}
