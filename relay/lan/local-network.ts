import type { NetworkInterfaceInfo } from 'node:os'

/** What `networkInterfaces` of node:os gives. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Cables and wireless cards before bridges and tunnels, under the names that systems give them. */
const LIKELY = /^(en|eth|wl|wifi|wi-fi)/i

/** The IPv4 address under which other machines most likely reach this one; undefined where it is on no network. */
export const addressOnNetwork = (interfaces: Interfaces): string | undefined => {
  const all = Object.entries(interfaces).flatMap(([name, infos]) =>
    (infos ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ name, address })),
  )
  return (all.find(({ name }) => LIKELY.test(name)) ?? all[0])?.address
}

/** Where a device joins. The ticket is in the fragment, which no browser sends and no log holds. */
export const joinAddress = (at: {
  readonly host: string
  readonly port: number
  readonly room: string
  readonly ticket: string
}): string => `http://${at.host}:${at.port}/app/${at.room}#join=${at.ticket}`
