import type { OpenRoomOptions } from '../api.ts'
import { HoldfastError } from '../holdfast-error.ts'

/**
 * What a browser would only say when the first link is made, when nobody waits for it any more.
 *
 * @throws {HoldfastError} `bad-option`
 */
export const checkPeers = (peers: OpenRoomOptions['peers']): void => {
  if (peers === undefined || peers === false) return
  const { iceServers = [], isRelayedOnly = false } = peers
  for (const { urls, username, credential } of iceServers) {
    for (const url of [urls].flat()) {
      if (!/^(?:stuns?|turns?):[^\s/]+$/i.test(url)) {
        fail(`A server of peers.iceServers is stun:host, turn:host or one with TLS, not ${url}`)
      }
      if (isTurn(url) && (username === undefined || credential === undefined)) {
        fail(`A TURN server needs a username and a credential: ${url}`)
      }
    }
  }
  const hasTurn = iceServers.some(({ urls }) => [urls].flat().some(isTurn))
  if (isRelayedOnly && !hasTurn) {
    fail('peers.isRelayedOnly leaves no way but by TURN: peers.iceServers needs a TURN server.')
  }
}

const isTurn = (url: string): boolean => /^turns?:/i.test(url)

const fail = (sentence: string): never => {
  throw new HoldfastError('bad-option', sentence)
}
