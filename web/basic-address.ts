const PARAMETER = 'keep'
const WITH_DATABASE = 'indexeddb'

/** Whether y-indexeddb is on, `?keep=indexeddb`, or what is wrong with the address. */
export const readKeep = (
  search: string,
): { readonly isKept: boolean } | { readonly problem: string } => {
  const keep = new URLSearchParams(search).get(PARAMETER)
  if (keep === null || keep === WITH_DATABASE) return { isKept: keep !== null }
  return {
    problem: `Here a room is kept with ?${PARAMETER}=${WITH_DATABASE} or not at all; “${keep.slice(0, 40)}” is neither.`,
  }
}

/** The same address with y-indexeddb on or off. */
export const addressWithKeep = (address: string, isKept: boolean): string => {
  const url = new URL(address)
  const others = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && part.split('=')[0] !== PARAMETER)
  url.search = [...others, ...(isKept ? [`${PARAMETER}=${WITH_DATABASE}`] : [])].join('&')
  return url.href
}

/** Each room of each person of this browser in a database of its own. */
export const databaseName = (room: string, namespace: string | undefined): string =>
  `holdfast-basic/${namespace ?? ''}/${room}`

/** The same room on Holdfast. Faults are the network's, and come along. */
export const holdfastAddress = (address: string, room: string): string => {
  const url = new URL(addressWithKeep(address, false))
  const others = new URLSearchParams(url.search)
  others.delete('room')
  const search = others.toString()
  return `/app/${encodeURIComponent(room)}${search === '' ? '' : `?${search}`}`
}
