import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultPlan } from '../testing/index.ts'
import { FakeSocket, world } from './fault-fakes.ts'

/** 200 frames each way over a wire with these faults, and what came out. */
const crossed = (change: Partial<FaultPlan>) => {
  const { clock, faults, connected } = world(change)
  const { socket, heard, server } = connected()
  for (let i = 0; i < 200; i++) {
    socket.send(String(i))
    server.deliver(String(i))
  }
  clock.pass(60_000)
  assert.equal(clock.pendingCount, 0)
  const down = heard.map((note) => Number(JSON.parse(note.slice(8))))
  return { up: server.sent.map(Number), down, fired: { ...faults.fired } }
}

const inOrder = Array.from({ length: 200 }, (_, i) => i)

test('a wire of so many bytes a second lets one frame through after the other, each way for itself', () => {
  const { clock, faults, connected } = world({ bytesPerSecondUp: 1000, bytesPerSecondDown: 100 })
  const { socket, heard, server } = connected()
  socket.send('é'.repeat(50))
  socket.send(new Uint8Array(200))
  server.deliver('x'.repeat(10))
  clock.pass(99)
  assert.deepEqual([server.sent.length, heard.length], [0, 0])
  clock.pass(1)
  assert.deepEqual([server.sent.length, heard.length], [1, 1])
  clock.pass(199)
  assert.equal(server.sent.length, 1)
  clock.pass(1)
  assert.equal(server.sent.length, 2)
  assert.deepEqual([faults.fired.bandwidthUp, faults.fired.bandwidthDown], [2, 1])
  assert.equal(faults.fired.latency, 0)
})

test('a doubled frame comes twice, one behind the other, as often as is counted', () => {
  const { up, down, fired } = crossed({ duplicateUp: 0.2, duplicateDown: 0.4 })
  for (const [came, count] of [
    [up, fired.duplicateUp],
    [down, fired.duplicateDown],
  ] as const) {
    assert.deepEqual([...new Set(came)], inOrder)
    assert.deepEqual(
      came,
      came.toSorted((one, other) => one - other),
    )
    assert.equal(came.length, 200 + count)
    assert.ok(count > 20 && count < 110, String(count))
  }
  assert.notDeepEqual(up, down)
})

test('reordered frames all come, and none is overtaken by more than the bound', () => {
  for (const reorderFrames of [1, 4]) {
    const plan = { reorderUp: 0.3, reorderDown: 0.3, reorderFrames }
    const { up, down, fired } = crossed(plan)
    for (const [came, count] of [
      [up, fired.reorderUp],
      [down, fired.reorderDown],
    ] as const) {
      assert.deepEqual(
        came.toSorted((one, other) => one - other),
        inOrder,
      )
      const overtakenBy = came.map((n, at) => came.slice(0, at).filter((other) => other > n).length)
      assert.equal(Math.max(...overtakenBy), reorderFrames)
      assert.equal(overtakenBy.filter((by) => by > 0).length, count)
    }
    assert.deepEqual(crossed(plan).up, up, 'the same seed, the same order')
    assert.deepEqual(crossed({ ...plan, latencyMs: 50, lossDown: 0.5 }).up, up)
  }
})

test('a frame that nothing overtakes goes on all the same, is not counted, and comes before a close', () => {
  const { clock, faults, connected } = world({ reorderUp: 1, reorderDown: 1 })
  const { socket, heard, server } = connected()
  const bytes = new Uint8Array([1])
  socket.send(bytes)
  bytes.fill(9)
  assert.deepEqual(server.sent, [])
  clock.pass(250)
  assert.deepEqual(server.sent, [new Uint8Array([1])])
  server.deliver('last')
  server.hangUp(1000, true)
  assert.deepEqual(heard, ['message "last"', 'close 1000'])
  assert.equal(faults.fired.reorderUp + faults.fired.reorderDown, 0)
})

test('a spoilt frame differs in one byte, keeps its kind of buffer, and leaves the sender’s alone', () => {
  const run = () => {
    const { faults, connected } = world({ corruptUp: 1, corruptDown: 0.5 })
    const { socket, heard, server } = connected()
    const sent = new Uint8Array(64)
    for (let i = 0; i < 20; i++) {
      socket.send(sent)
      server.deliver(new ArrayBuffer(8))
    }
    socket.send('text')
    socket.send(new Uint8Array(0))
    assert.deepEqual(sent, new Uint8Array(64))
    assert.equal(heard.length, 20)
    return { frames: server.sent, fired: { ...faults.fired } }
  }
  const { frames, fired } = run()
  for (const frame of frames.slice(0, 20)) {
    assert.ok(frame instanceof Uint8Array)
    assert.equal(frame.filter((byte) => byte !== 0).length, 1)
  }
  assert.deepEqual(frames.slice(20), ['text', new Uint8Array(0)])
  assert.equal(fired.corruptUp, 20)
  assert.ok(fired.corruptDown > 3 && fired.corruptDown < 17, String(fired.corruptDown))
  assert.deepEqual(run().frames, frames, 'the same seed spoils the same bytes')
})

test('a buffer from the relay is spoilt as a buffer', () => {
  const { connected } = world({ corruptDown: 1 })
  const { socket, server } = connected()
  const seen: unknown[] = []
  socket.onmessage = ({ data }) => seen.push(data)
  server.deliver(new Uint8Array(4).buffer)
  const [data] = seen
  assert.ok(data instanceof ArrayBuffer)
  assert.equal(new Uint8Array(data).filter((byte) => byte !== 0).length, 1)
})

test('a cut by the plan breaks the connection at a frame, which is lost', () => {
  const { clock, faults, connected } = world({ cut: 0.1 })
  const { socket, heard, server } = connected()
  for (let i = 0; i < 100; i++) socket.send(String(i))
  clock.pass(0)
  assert.deepEqual([heard, socket.readyState], [['close 1006'], 3])
  assert.ok(server.sent.length < 100)
  assert.equal(faults.fired.cut, 1)
})

test('flapping: there for so long, then cut and refused for so long, over and over', () => {
  const { clock, faults, connected, dial } = world({ flapOnMs: 100, flapOffMs: 50 })
  let turns = 0
  const stop = faults.subscribe(() => turns++)
  for (let period = 0; period < 3; period++) {
    const { heard, server } = connected()
    clock.pass(99)
    assert.deepEqual([heard, faults.refusedBy], [[], undefined])
    clock.pass(1)
    assert.deepEqual([heard, server.closedWith], [['close 1006'], [undefined]])
    const made = FakeSocket.made.length
    const refused = dial()
    clock.pass(49)
    assert.deepEqual(refused.heard, ['error', 'close 1006'])
    assert.deepEqual([FakeSocket.made.length, faults.refusedBy], [made, 'flap'])
    clock.pass(1)
  }
  assert.equal(faults.fired.flap, 6)
  assert.equal(faults.fired.cut + faults.fired.refuse, 0)
  assert.equal(turns, 9, 'each cut, each refusal and each return was told')
  faults.set({ flapOffMs: 0 })
  const { heard } = connected()
  stop()
  clock.pass(1000)
  assert.deepEqual(heard, [])
  assert.equal(clock.pendingCount, 0)
})

test('each new fault leaves alone which frames the others hit', () => {
  const lost = crossed({ lossUp: 0.3 }).up
  const all = crossed({ lossUp: 0.3, duplicateUp: 0.5, corruptUp: 0.5, bytesPerSecondUp: 5000 })
  assert.deepEqual([...new Set(all.up)], lost)
})
