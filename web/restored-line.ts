import type { Status } from '../kit/index.ts'
import { element } from './element.ts'

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** What happened to a room whose relay had lost a part of it; undefined where nothing did. */
export const restoredSentence = (restored: Status['restored']): string | undefined => {
  if (restored === undefined) return undefined
  const records = counted(restored.records, 'record was', 'records were')
  const browsers = counted(restored.sessions, 'browser', 'browsers')
  return `The relay had lost a part of this room. ${records} restored by ${browsers}.`
}

/** That sentence; hidden while there is none. */
export const createRestoredLine = (): {
  readonly element: HTMLElement
  readonly show: (restored: Status['restored']) => void
} => {
  const line = element('p', { class: 'restored', attributes: { role: 'status', hidden: '' } })
  return {
    element: line,
    show: (restored) => {
      const sentence = restoredSentence(restored)
      line.hidden = sentence === undefined
      if (sentence !== undefined && line.textContent !== sentence) line.textContent = sentence
    },
  }
}
