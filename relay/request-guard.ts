import { networkInterfaces } from 'node:os'
import type { IncomingMessage } from 'node:http'

/** W6: the names under which this relay is asked, and the pages that may ask. Compared character by character. */
export type Guard = {
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
}

export type Refusal = {
  readonly code: 'bad-host' | 'bad-origin' | 'no-origin'
  readonly sentence: string
}

const REFUSALS = {
  'bad-host': 'This relay is not known by that Host; start it with --allow-host if it should be.',
  'bad-origin': 'Pages of that Origin may not use this relay; see --allow-origin.',
  'no-origin': 'A WebSocket needs an Origin header; see --allow-origin.',
} as const

const refuse = (code: Refusal['code']): Refusal => ({ code, sentence: REFUSALS[code] })

const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)

/** Whether only this machine can reach what listens on `host`. A name counts only if it is `localhost`. */
export const isLoopback = (host: string): boolean => host === 'localhost' || isLoopbackAddress(host)

const WILDCARDS = new Set(['0.0.0.0', '::'])

/** An address as it stands in a URL. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** A URL's authority: browsers leave the scheme's own port out. */
export const authorityOf = (host: string, port: number, scheme: 'http' | 'https'): string =>
  port === (scheme === 'http' ? 80 : 443) ? bracketed(host) : `${bracketed(host)}:${port}`

const machineAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ scopeid }) => !scopeid).map(({ address }) => address),
  )

export type GuardOptions = {
  /** What the relay listens on; where that is every address, all of this machine's count as its own. */
  readonly host: string
  readonly port: number
  readonly scheme: 'http' | 'https'
  /** With a port: exactly that. Without: under the relay's own port, and behind a proxy under the scheme's. */
  readonly allowHosts: readonly string[]
  readonly allowOrigins: readonly string[]
}

/** An address in the list is safe against rebinding: there the `Host` holds the attacker's name, never an address. */
export const createGuard = (options: GuardOptions): Guard => {
  const { host, port, scheme, allowHosts, allowOrigins } = options
  const addresses = WILDCARDS.has(host) ? machineAddresses() : [host]
  const names = new Set(['127.0.0.1', 'localhost', '::1', ...addresses])
  const hosts = new Set([...names].map((name) => authorityOf(name.toLowerCase(), port, scheme)))
  for (const allowed of allowHosts) {
    hosts.add(allowed)
    if (!/:\d+$/.test(allowed)) hosts.add(`${allowed}:${port}`)
  }
  const origins = new Set([...allowOrigins, ...[...hosts].map((own) => `${scheme}://${own}`)])
  return { hosts, origins }
}

/** W6: why a request is refused, or undefined. Asks nothing but two headers, and each must come once. */
export const whyRefused = (
  guard: Guard,
  request: Pick<IncomingMessage, 'headersDistinct'>,
  isUpgrade: boolean,
): Refusal | undefined => {
  const { host, origin } = request.headersDistinct
  if (host?.length !== 1 || !guard.hosts.has(host[0]!)) return refuse('bad-host')
  if (origin === undefined) return isUpgrade ? refuse('no-origin') : undefined
  if (origin.length !== 1 || !guard.origins.has(origin[0]!)) return refuse('bad-origin')
  return undefined
}
