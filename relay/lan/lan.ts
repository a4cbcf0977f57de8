import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { RelayOptions } from '../relay.ts'
import { DeviceTokens } from './device-tokens.ts'
import { createJoin } from './http-join.ts'
import { invitationOf } from './invitation.ts'
import { lanAccess } from './lan-access.ts'
import { addressOnNetwork, joinAddress } from './local-network.ts'
import type { Interfaces } from './local-network.ts'
import { Tickets } from './tickets.ts'

export type LanOptions = {
  readonly dataDir: string
  /** Where invitations appear; a terminal gets them with its colours. */
  readonly print: (text: string) => void
  readonly isTerminal: boolean
  readonly interfaces?: () => Interfaces
}

export type Lan = {
  /** What the relay is made with. */
  readonly options: Pick<RelayOptions, 'authenticate' | 'authorize' | 'hasIdentities' | 'join'>
  /** The relay listens: from now on what is printed last is how the next device joins. */
  readonly begin: (port: number) => void
}

const ON_NO_NETWORK = 'This machine is on no network now, so that no other device can join.'

/** A5: `--lan`. Throws a RelayError where the data folder cannot hold the secret of the devices' tokens. */
export const openLan = (lan: LanOptions): Lan => {
  const { print, isTerminal, interfaces = networkInterfaces } = lan
  const tokens = DeviceTokens.open(lan.dataDir)
  const room = `room-${randomBytes(5).toString('hex')}`
  let port = 0
  const invite = (ticket: string): void => {
    const host = addressOnNetwork(interfaces())
    if (host === undefined) return print(ON_NO_NETWORK)
    print(invitationOf(joinAddress({ host, port, room, ticket }), isTerminal))
  }
  const tickets = new Tickets({ randomBytes, now: () => performance.now(), replaced: invite })
  const renewLater = (): void => {
    // It must not keep a relay alive that is about to end.
    setTimeout(renewLater, tickets.renew()).unref()
  }
  return {
    // Its tokens say which devices may come in, and nobody's name.
    options: { ...lanAccess(tokens), hasIdentities: false, join: createJoin(tickets, tokens) },
    begin: (listensOn) => {
      port = listensOn
      invite(tickets.current)
      renewLater()
    },
  }
}
