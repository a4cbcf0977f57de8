/** One change of a text: at `at`, `remove` UTF-16 units go and `insert` comes. */
export type Splice = { readonly at: number; readonly remove: number; readonly insert: string }

/** The text after the change. */
export const applySplice = (text: string, { at, remove, insert }: Splice): string =>
  text.slice(0, at) + insert + text.slice(at + remove)

/**
 * The smallest single change that turns `before` into `after`, or undefined where they are equal.
 *
 * `caret` is where the cursor stands in `after`. In a run of equal letters several changes are equally small; what a person
 * typed ends at the cursor, so that one is taken. No surrogate pair is split: Yjs would replace both halves.
 */
export const spliceBetween = (
  before: string,
  after: string,
  caret: number = after.length,
): Splice | undefined => {
  if (before === after) return undefined
  const shorter = Math.min(before.length, after.length)
  let suffix = commonSuffix(before, after, 0, Math.min(shorter, after.length - caret))
  const prefix = commonPrefix(before, after, shorter - suffix)
  suffix = commonSuffix(before, after, suffix, shorter - prefix)
  const [start, end] = withWholePairs(before, after, prefix, suffix)
  return {
    at: start,
    remove: before.length - end - start,
    insert: after.slice(start, after.length - end),
  }
}

const commonPrefix = (a: string, b: string, limit: number): number => {
  let length = 0
  while (length < limit && a[length] === b[length]) length += 1
  return length
}

const commonSuffix = (a: string, b: string, known: number, limit: number): number => {
  let length = known
  while (length < limit && a[a.length - 1 - length] === b[b.length - 1 - length]) length += 1
  return length
}

/** Gives back the half of a pair that both texts share. */
const withWholePairs = (
  before: string,
  after: string,
  prefix: number,
  suffix: number,
): [prefix: number, suffix: number] => {
  const splits = (text: string, at: number): boolean => isHigh(text, at - 1) && isLow(text, at)
  const isPrefixSplit = splits(before, prefix) || splits(after, prefix)
  const isSuffixSplit =
    splits(before, before.length - suffix) || splits(after, after.length - suffix)
  return [isPrefixSplit ? prefix - 1 : prefix, isSuffixSplit ? suffix - 1 : suffix]
}

const isHigh = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800
const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00

/**
 * Where a cursor at `offset` stands after somebody else's change. Text that comes in exactly at the cursor goes behind it;
 * a cursor in text that went away stands where that text was.
 */
export const offsetAfter = (offset: number, { at, remove, insert }: Splice): number => {
  if (offset <= at) return offset
  if (offset < at + remove) return at
  return offset - remove + insert.length
}
