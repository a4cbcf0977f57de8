import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_TIMEOUT_MS, FakeSocket, world } from './fault-fakes.ts'

test('half-open up: what the app sends vanishes, what comes still comes', () => {
  const { faults, connected } = world()
  const { socket, heard, server } = connected()
  faults.set({ halfOpen: 'up' })
  socket.send('gone')
  server.deliver('seen')
  faults.set({ halfOpen: 'none' })
  socket.send('seen')
  assert.deepEqual([server.sent, heard], [['seen'], ['message "seen"']])
  assert.equal(faults.fired.halfOpenUp, 1)
  assert.equal(faults.fired.halfOpenDown, 0)
})

test('half-open down: no frame and no event arrives, and both ends stay open', () => {
  const { clock, faults, connected } = world({ latencyMs: 10 })
  const { socket, heard, server } = connected()
  server.deliver('under way')
  faults.set({ halfOpen: 'down' })
  server.deliver('gone')
  server.fail()
  socket.send('still sent')
  clock.pass(10)
  assert.deepEqual([heard, server.sent, socket.readyState], [[], ['still sent'], 1])
  assert.equal(faults.fired.halfOpenDown, 3)
})

test('a close that half-open swallowed is found out by the next frame sent after it healed', () => {
  const { clock, faults, connected } = world()
  const { socket, heard, server } = connected()
  faults.set({ halfOpen: 'down' })
  server.hangUp(1001, true)
  socket.send('nobody answers')
  clock.pass(60_000)
  assert.deepEqual([heard, socket.readyState], [[], 1])
  faults.set({ halfOpen: 'none' })
  socket.send('anybody there?')
  clock.pass(0)
  assert.deepEqual([heard, socket.readyState], [['close 1006'], 3])
})

test('closing into a half-open wire ends unclean after the timeout, and the other end never knows', () => {
  const { clock, faults, connected } = world({ halfOpen: 'none' })
  const { socket, heard, server } = connected()
  faults.set({ halfOpen: 'up' })
  socket.close(1000)
  clock.pass(CLOSE_TIMEOUT_MS - 1)
  assert.deepEqual([server.closedWith, heard, socket.readyState], [[], [], 2])
  clock.pass(1)
  assert.deepEqual([heard, socket.readyState], [['close 1006'], 3])
})

test('a connection being made over a half-open wire waits, and is made when it heals', () => {
  for (const halfOpen of ['up', 'down', 'both'] as const) {
    const { faults, dial } = world({ halfOpen })
    const { socket, heard } = dial()
    socket.binaryType = 'arraybuffer'
    assert.equal(FakeSocket.made.length, halfOpen === 'down' ? 1 : 0)
    FakeSocket.made[0]?.accept()
    assert.deepEqual([heard, socket.readyState], [[], 0])
    faults.set({ halfOpen: 'none' })
    if (halfOpen !== 'down') FakeSocket.made[0]?.accept()
    assert.deepEqual([heard, socket.readyState], [['open'], 1], halfOpen)
    assert.equal(FakeSocket.made[0]?.binaryType, 'arraybuffer')
    assert.equal(FakeSocket.made.length, 1)
    assert.equal(faults.fired.halfOpenUp + faults.fired.halfOpenDown, 1)
  }
})

test('a connection that waited for a half-open wire is refused if that is the plan by then', () => {
  const { clock, faults, dial } = world({ halfOpen: 'both' })
  const { heard } = dial()
  faults.set({ halfOpen: 'none', refuse: true })
  clock.pass(0)
  assert.deepEqual([heard, FakeSocket.made.length], [['error', 'close 1006'], 0])
})
