import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { HoldfastError, openRoom } from '../index.ts'
import type { PeerServers } from '../index.ts'
import { checkPeers } from '../peers/check-peers.ts'

const TURN = { urls: 'turn:turn.example:3478?transport=udp', username: 'a', credential: 'b' }

test('R11: servers that no browser takes, and “by TURN alone” without TURN, are said when the room is opened', () => {
  const cases: readonly (readonly [PeerServers, RegExp])[] = [
    [{ iceServers: [{ urls: 'https://turn.example' }] }, /stun:host.*not https:/],
    [{ iceServers: [{ urls: ['stun:a.example', ''] }] }, /stun:host.*not $/],
    [{ iceServers: [{ urls: 'turn:turn.example' }] }, /username and a credential/],
    [{ isRelayedOnly: true }, /needs a TURN server/],
    [{ isRelayedOnly: true, iceServers: [{ urls: 'stun:a.example' }] }, /needs a TURN server/],
  ]
  for (const [peers, sentence] of cases) {
    assert.throws(
      () => openRoom({ url: 'ws://127.0.0.1:1', room: 'r', doc: new Y.Doc(), peers }),
      (error) => {
        assert.ok(error instanceof HoldfastError)
        assert.equal(error.code, 'bad-option')
        assert.match(error.message, sentence)
        return true
      },
    )
  }
})

test('R11: what a browser takes is taken', () => {
  checkPeers(undefined)
  checkPeers(false)
  checkPeers({})
  checkPeers({ iceServers: [{ urls: ['stun:a.example', 'stuns:b.example:5349'] }, TURN] })
  checkPeers({ isRelayedOnly: true, iceServers: [TURN] })
})
