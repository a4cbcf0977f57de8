const MAX_NAME_LETTERS = 32
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
/** What makes the id of a user unique, behind the name it began with. */
const TAIL = /~[a-z2-9]{6}$/
/** Control characters, and those that turn the direction of the text around them. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** How many colours a person can have: `--person-0` and so on in style/people.css. */
export const PERSON_COLORS = 8

/** An id for a user that nobody else has, which begins with a first name: seven bytes of a good source. */
export const newUserId = (names: readonly string[], random: Uint8Array): string => {
  const [first = 0, ...rest] = random
  const tail = rest.map((byte) => LETTERS[byte % LETTERS.length]).join('')
  return `${names[first % names.length] ?? 'Guest'}~${tail}`
}

/** A name as it may be shown, or undefined where nothing of it can be. Others' names go through here too. */
export const cleanName = (name: unknown): string | undefined => {
  if (typeof name !== 'string') return undefined
  const shown = [...name.replace(UNSHOWABLE, '')].slice(0, MAX_NAME_LETTERS).join('').trim()
  return shown === '' ? undefined : shown
}

/** The name that a user's id began with: what is shown until they take another. */
export const nameInId = (user: string): string => cleanName(user.replace(TAIL, '')) ?? 'Somebody'

/** One or two letters for a name: the first of its first and of its last word. */
export const initialsOf = (name: string): string => {
  const words = name.split(/[\s_.-]+/).filter((word) => word !== '')
  const [first = '?', last = ''] = [words.at(0), words.length > 1 ? words.at(-1) : undefined]
  return `${[...first][0] ?? ''}${[...last][0] ?? ''}`.toUpperCase()
}

/** The same colour for the same user everywhere: 0 to {@link PERSON_COLORS} - 1. */
export const colorOfUser = (user: string): number => {
  let hash = 2166136261
  for (const letter of user) hash = Math.imul(hash ^ letter.codePointAt(0)!, 16777619) >>> 0
  return (hash >>> 8) % PERSON_COLORS
}
