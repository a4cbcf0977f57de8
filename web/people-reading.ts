import type { PresentUser } from '../kit/index.ts'
import { colorOfUser, nameInId } from './shown-name.ts'

/** Somebody in the room, as a page shows them. */
export type PersonHere = {
  readonly id: string
  readonly name: string
  readonly isSelf: boolean
  readonly isAway: boolean
  readonly pageCount: number
  /** Which of the colours of people: see style/people.css. */
  readonly color: number
  /** How many of the room's records none of their pages has shown yet; undefined where nobody knows. */
  readonly behind: number | undefined
}

/** Pure. Everybody the relay tells of, this page's own user first even while nobody told anything. */
export const peopleHere = (
  users: readonly PresentUser[],
  self: string,
  names: ReadonlyMap<string, string>,
  headOffset: number,
): readonly PersonHere[] => {
  const personOf = (id: string, present?: PresentUser): PersonHere => ({
    id,
    name: names.get(id) ?? nameInId(id),
    isSelf: id === self,
    isAway: id !== self && present?.state === 'away',
    pageCount: present?.sessions.length ?? 1,
    color: colorOfUser(id),
    behind: present === undefined ? undefined : behindOf(present.sessions, headOffset),
  })
  const own = users.find(({ user }) => user === self)
  const others = users.filter(({ user }) => user !== self)
  return [personOf(self, own), ...others.map((present) => personOf(present.user, present))]
}

const behindOf = (sessions: PresentUser['sessions'], headOffset: number): number | undefined => {
  const seen = Math.max(0, ...sessions.map(({ seenThrough }) => seenThrough))
  if (headOffset === 0) return 0
  return seen === 0 ? undefined : Math.max(0, headOffset - seen)
}

/** What one of the others has seen: "has seen everything", "is 3 behind · away". */
export const seenWords = ({ behind, isAway }: PersonHere): string => {
  const seen =
    behind === undefined
      ? 'has not said yet what they saw'
      : behind === 0
        ? 'has seen everything'
        : `is ${behind} behind`
  return isAway ? `${seen} · away` : seen
}

/** The room in one short line, for beside the faces. */
export const peopleSummary = (people: readonly PersonHere[]): string => {
  const others = people.filter(({ isSelf }) => !isSelf)
  if (others.length === 0) return 'Nobody else is here'
  if (others.length === 1) return `${others[0]!.name} ${seenWords(others[0]!)}`
  const behind = others.filter((each) => each.behind !== 0)
  if (behind.length === 0) return 'The others have seen everything'
  if (behind.length === 1) return `${behind[0]!.name} ${seenWords(behind[0]!)}`
  return `${behind.length} of ${others.length} others are behind`
}
