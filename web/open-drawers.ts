/** A drawer as far as its place goes. Each side has room for one. */
export type DrawerPlace = { readonly name: string; readonly side: 'left' | 'right' }

/** How many drawers fit beside the content: two (one a side), or one alone. */
export type DrawerSpace = 'both-sides' | 'one'

const PARAMETER = 'open'

/** Which drawers are open once `name` is opened too: those that it displaces are shut. */
export const withOpened = (
  open: readonly string[],
  name: string,
  places: readonly DrawerPlace[],
  space: DrawerSpace,
): readonly string[] => {
  const sideOf = (each: string): string | undefined =>
    places.find((place) => place.name === each)?.side
  const stays = (each: string): boolean =>
    each !== name && space === 'both-sides' && sideOf(each) !== sideOf(name)
  return sideOf(name) === undefined ? open : [...open.filter(stays), name]
}

export const withShut = (open: readonly string[], name: string): readonly string[] =>
  open.filter((each) => each !== name)

/** The drawers that an address opens, `?open=faults,dashboard`; names that there are none of are passed over. */
export const openInAddress = (
  search: string,
  places: readonly DrawerPlace[],
  space: DrawerSpace,
): readonly string[] => {
  const names = (new URLSearchParams(search).get(PARAMETER) ?? '').split(',')
  return names.reduce<readonly string[]>((open, name) => withOpened(open, name, places, space), [])
}

/** The address with the open drawers in it, and all its other parameters as they are. */
export const addressWithOpen = (href: string, open: readonly string[]): string => {
  const url = new URL(href)
  const others = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && part.split('=')[0] !== PARAMETER)
  // A comma may stand in a query as it is, and a link that a person reads is the better for it.
  const parts = open.length === 0 ? others : [...others, `${PARAMETER}=${open.join(',')}`]
  url.search = parts.join('&')
  return url.href
}
