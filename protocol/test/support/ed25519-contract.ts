import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ed25519 } from '../../ed25519.ts'
import { fromHex, toHex } from '../../ids.ts'

/** RFC 8032, 7.1: seed, public key, message, signature. */
const VECTORS: readonly (readonly [string, string, string, string])[] = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
]

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at]! ^= 1
  return copy
}

/** The order of the group, lowest byte first. */
const ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/** The same signature once more, with its second half larger by the group's order: RFC 8032, 5.1.7 takes one of them. */
const respelt = (signature: Uint8Array): Uint8Array => {
  const copy = signature.slice()
  let carry = 0
  for (let at = 0; at < 32; at++) {
    carry += copy[32 + at]! + ORDER[at]!
    copy[32 + at] = carry & 255
    carry >>= 8
  }
  return copy
}

/** What every Ed25519 that an end brings along must do. */
export const testEd25519 = (name: string, ed25519: Ed25519): void => {
  test(`K1: ${name} has the keys and signatures of RFC 8032`, () => {
    for (const [seed, key, message, signature] of VECTORS) {
      assert.equal(toHex(ed25519.publicKey(fromHex(seed))), key)
      assert.equal(toHex(ed25519.sign(fromHex(seed), fromHex(message))), signature)
      assert.ok(ed25519.verify(fromHex(key), fromHex(message), fromHex(signature)))
    }
  })

  test(`K1: ${name} takes nothing else for a signature, and never throws on it`, () => {
    const [, key, message, signature] = VECTORS[2]!.map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    for (let at = 0; at < 64; at += 7) {
      assert.ok(!ed25519.verify(key, message, flipped(signature, at)), `byte ${at}`)
    }
    assert.ok(!ed25519.verify(key, flipped(message, 0), signature))
    assert.ok(!ed25519.verify(flipped(key, 3), message, signature))
    assert.ok(!ed25519.verify(key, message, respelt(signature)), 'the same once more')
    for (const length of [0, 31, 33, 64]) {
      assert.ok(!ed25519.verify(new Uint8Array(length), message, signature), `key of ${length}`)
    }
    for (const length of [0, 63, 65]) {
      assert.ok(!ed25519.verify(key, message, new Uint8Array(length)), `signature of ${length}`)
    }
    assert.ok(!ed25519.verify(new Uint8Array(32).fill(255), message, signature), 'no point')
  })

  test(`K1: ${name} refuses a seed of another length`, () => {
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => ed25519.publicKey(new Uint8Array(length)))
      assert.throws(() => ed25519.sign(new Uint8Array(length), new Uint8Array(1)))
    }
  })
}
