/**
 * Whether what another page says of its caret can be looked up at all. The binding looks it up whenever anything changes, and
 * would fall over rubbish with the whole editor.
 */
export const isCaretPlace = (cursor: unknown): boolean =>
  isObject(cursor) && isRelativePosition(cursor['anchor']) && isRelativePosition(cursor['head'])

const MAX_CLOCK = 2 ** 31
const MAX_CLIENT = 2 ** 53

/** As Yjs writes one: the type it is in, by id or by name, or the item it stands before. */
const isRelativePosition = (place: unknown): boolean => {
  if (!isObject(place)) return false
  const { type, tname, item, assoc } = place
  return (
    [type, item].every((id) => id === undefined || id === null || isId(id)) &&
    // A name that the document does not have would be made: only the editor's own.
    (tname === undefined || tname === null || tname === 'document') &&
    (assoc === undefined || assoc === null || Number.isInteger(assoc)) &&
    [type, tname, item].some((part) => part !== undefined && part !== null)
  )
}

const isId = (id: unknown): boolean =>
  isObject(id) && isWholeBelow(id['client'], MAX_CLIENT) && isWholeBelow(id['clock'], MAX_CLOCK)

const isWholeBelow = (value: unknown, limit: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
