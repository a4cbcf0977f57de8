import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { NetworkInterfaceInfo } from 'node:os'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import decodeQR from 'qr/decode.js'
import { DeviceTokens } from '../lan/device-tokens.ts'
import { invitationOf } from '../lan/invitation.ts'
import { lanAccess } from '../lan/lan-access.ts'
import { addressOnNetwork, joinAddress } from '../lan/local-network.ts'
import { Tickets } from '../lan/tickets.ts'

const bench = (): { tickets: Tickets; replaced: string[]; pass: (ms: number) => void } => {
  let now = 0
  let minted = 0
  const replaced: string[] = []
  const tickets = new Tickets({
    randomBytes: (count) => new Uint8Array(count).fill(++minted),
    now: () => now,
    replaced: (ticket) => replaced.push(ticket),
  })
  return { tickets, replaced, pass: (ms) => (now += ms) }
}

const PHONE = '192.0.2.7'
const GUESSER = '192.0.2.66'
const MINUTES_MS = 60_000

test('A5: a ticket is taken once, and then there is another one', () => {
  const { tickets, replaced } = bench()
  const first = tickets.current
  assert.ok(Buffer.from(first, 'base64url').length >= 16)
  assert.equal(tickets.show('nonsense', PHONE), 'wrong')
  assert.equal(tickets.show(first, PHONE), 'taken')
  assert.equal(tickets.show(first, PHONE), 'wrong')
  assert.deepEqual(replaced, [tickets.current])
  assert.notEqual(tickets.current, first)
  assert.equal(tickets.show(tickets.current, PHONE), 'taken')
})

test('A5: a ticket is good for ten minutes, and the next one is told when they are over', () => {
  const { tickets, replaced, pass } = bench()
  const first = tickets.current
  pass(10 * MINUTES_MS - 1)
  assert.equal(tickets.renew(), 1)
  assert.deepEqual(replaced, [])
  pass(1)
  assert.equal(tickets.renew(), 10 * MINUTES_MS)
  assert.deepEqual(replaced, [tickets.current])
  assert.equal(tickets.show(first, PHONE), 'wrong')
  const second = tickets.current
  pass(10 * MINUTES_MS)
  assert.equal(tickets.show(second, PHONE), 'wrong', 'too old, though nobody renewed it')
  assert.equal(tickets.show(tickets.current, PHONE), 'taken')
  assert.equal(tickets.renew(), 10 * MINUTES_MS, 'its time begins when it is made')
})

test('A5: who guesses is not listened to for a minute, and nobody else notices', () => {
  const { tickets, pass } = bench()
  for (let n = 0; n < 20; n++) assert.equal(tickets.show(`guess ${n}`, GUESSER), 'wrong')
  assert.equal(tickets.show(tickets.current, GUESSER), 'too-often')
  assert.equal(tickets.show(tickets.current, PHONE), 'taken')
  pass(MINUTES_MS - 1)
  assert.equal(tickets.show(tickets.current, GUESSER), 'too-often')
  pass(1)
  assert.equal(tickets.show(tickets.current, GUESSER), 'taken')
})

test('A5: a device’s token is known again after a restart, and no other is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lan-'))
  try {
    const token = DeviceTokens.open(folder).issue()
    const again = DeviceTokens.open(folder)
    assert.ok(again.isValid(token))
    assert.equal(statSync(join(folder, 'device-secret')).mode & 0o777, 0o600)
    const [, id = '', signature = ''] = token.split('.')
    const others = ['', 'device', `device.${id}`, `device.${id}.${id}`, `x.${id}.${signature}`]
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const other of [...others, `device.${id}.${flipped}`, `${token} `]) {
      assert.equal(again.isValid(other), false, other)
    }
    assert.equal(new DeviceTokens(new Uint8Array(32)).isValid(token), false, 'another relay’s')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('A5: the secret is for this user alone, in a folder for this user alone, and made whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lan-'))
  try {
    const dataDir = join(folder, 'data')
    DeviceTokens.open(dataDir)
    assert.equal(statSync(dataDir).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(dataDir), ['device-secret'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('A5: a damaged secret is told in a sentence, and never replaced behind one’s back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lan-'))
  try {
    const file = join(folder, 'device-secret')
    writeFileSync(file, 'short')
    const isTold = { code: 'no-device-secret', message: /is damaged: delete it/ }
    assert.throws(() => DeviceTokens.open(folder), isTold)
    chmodSync(file, 0o600)
    assert.equal(statSync(file).size, 5)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('A5: this machine needs no token, and everybody else one that is valid', async () => {
  const tokens = new DeviceTokens(new Uint8Array(32).fill(7))
  const { authenticate, authorize } = lanAccess(tokens)
  const here = { address: '127.0.0.1', isThisMachine: true }
  const elsewhere = { address: '192.0.2.7', isThisMachine: false }
  const token = tokens.issue()
  assert.equal(await authenticate('', 'ada', here), true)
  assert.equal(await authenticate(token, 'ada', elsewhere), true)
  for (const wrong of ['', 'device.x.y', `${token}x`]) {
    assert.match(String(await authenticate(wrong, 'ada', elsewhere)), /has not joined here\. Open/)
    const { read, write } = await authorize(wrong, 'notes', { user: 'ada', ...elsewhere })
    assert.deepEqual({ read, write }, { read: false, write: false })
  }
  assert.deepEqual(await authorize(token, 'notes', { user: 'ada', ...elsewhere }), {
    user: 'ada',
    read: true,
    write: true,
  })
})

const at = (address: string, internal = false, family: 'IPv4' | 'IPv6' = 'IPv4') =>
  ({ address, internal, family }) as NetworkInterfaceInfo

test('A5: the address that is printed is one on a network, of a card before a bridge', () => {
  const loopback = [at('127.0.0.1', true), at('::1', true, 'IPv6')]
  assert.equal(addressOnNetwork({ lo: loopback }), undefined)
  assert.equal(
    addressOnNetwork({
      lo: loopback,
      docker0: [at('172.17.0.1')],
      wlan0: [at('fe80::1', false, 'IPv6'), at('192.168.1.5')],
    }),
    '192.168.1.5',
  )
  assert.equal(addressOnNetwork({ lo: loopback, tun0: [at('10.8.0.2')] }), '10.8.0.2')
})

/** A photo of what the terminal shows: each letter is two points, one above the other. */
const photoOf = (lines: readonly string[]): { width: number; height: number; data: Uint8Array } => {
  const SCALE = 4
  const width = lines[0]!.length * SCALE
  const height = lines.length * 2 * SCALE
  const data = new Uint8Array(width * height * 4)
  const isLit = (row: number, column: number): boolean => {
    const letter = lines[Math.floor(row / 2)]?.[column] ?? ' '
    return letter === '█' || letter === (row % 2 === 0 ? '▀' : '▄')
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const light = isLit(Math.floor(y / SCALE), Math.floor(x / SCALE)) ? 255 : 0
      data.set([light, light, light, 255], (y * width + x) * 4)
    }
  }
  return { width, height, data }
}

test('A5: the code that is printed is read as the address beside it', () => {
  const ticket = 'abcdefghijklmnopqrstuv'
  const address = joinAddress({ host: '192.168.1.5', port: 8787, room: 'room-x', ticket })
  assert.equal(address, `http://192.168.1.5:8787/app/room-x#join=${ticket}`)
  for (const isTerminal of [false, true]) {
    const printed = invitationOf(address, isTerminal)
    assert.ok(printed.includes(`  ${address}\n`))
    assert.equal(printed.includes('\u001b['), isTerminal)
    const lines = printed.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n')
    assert.equal(decodeQR(photoOf(lines.filter((line) => /[█▀▄]/.test(line)))), address)
  }
})
