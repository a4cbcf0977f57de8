import type { Status } from '../kit/index.ts'
const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** What happened to a room whose relay had lost a part of it; undefined where nothing did. */
export const restoredSentence = (restored: Status['restored']): string | undefined => {
  if (restored === undefined) return undefined
  const records = counted(restored.records, 'record was', 'records were')
  const browsers = counted(restored.sessions, 'browser', 'browsers')
  return `The relay had lost a part of this room. ${records} restored by ${browsers}.`
}
