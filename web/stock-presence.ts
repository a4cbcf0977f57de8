import { caretUser } from './document/caret-user.ts'

export type StockPerson = {
  readonly name: string
  /** Which of the colours of people: see style/people.css. */
  readonly color: number
  readonly isSelf: boolean
}

/** Pure. The people of an awareness, this page's own first. What others say of themselves is theirs, and checked. */
export const peopleIn = (
  states: ReadonlyMap<number, Readonly<Record<string, unknown>>>,
  ownId: number,
): readonly StockPerson[] => {
  const people = [...states].map(([id, { user }]) => ({ ...caretUser(user), isSelf: id === ownId }))
  return people.toSorted(
    (a, b) => Number(b.isSelf) - Number(a.isSelf) || a.name.localeCompare(b.name),
  )
}
