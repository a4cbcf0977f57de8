import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanPlan, FaultController, faultyWebSocket } from '../testing/index.ts'
import type { FaultPlan } from '../testing/index.ts'
import { ACK, FakeSocket, world } from './fault-fakes.ts'

test('without faults it is the connection itself: every event and every frame at once', () => {
  const { faults, connected, clock } = world()
  const { socket, heard, server } = connected()
  assert.equal(socket.url, 'ws://relay/')
  assert.equal(socket.readyState, 1)
  socket.binaryType = 'arraybuffer'
  assert.equal(server.binaryType, 'arraybuffer')
  socket.send('up')
  server.deliver('down')
  assert.deepEqual([server.sent, heard], [['up'], ['message "down"']])
  socket.close(4000, 'enough')
  assert.deepEqual([server.closedWith, socket.readyState], [['4000 enough'], 2])
  server.deliver('too late')
  server.hangUp(4000, true)
  assert.deepEqual([heard.slice(1), socket.readyState], [['close 4000'], 3])
  assert.equal(clock.pendingCount, 0)
  assert.ok(Object.values(faults.fired).every((count) => count === 0))
})

test('the numbers of the states are on the class and on each connection', () => {
  const Faulty: unknown = faultyWebSocket(FakeSocket, new FaultController(cleanPlan(1)))
  const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }
  const { connected } = world()
  for (const owner of [Faulty, connected().socket]) {
    for (const [name, number] of Object.entries(states)) {
      assert.equal(Reflect.get(owner as object, name), number)
    }
  }
})

test('handlers and listeners both hear, in the order in which they came, until they are gone', () => {
  const { connected } = world()
  const { socket, server } = connected()
  const order: string[] = []
  const target = socket as unknown as EventTarget
  const listener = (event: Event): void => {
    order.push(`listener ${String((event as MessageEvent).data)}`)
  }
  target.addEventListener('message', listener)
  socket.onmessage = ({ data }) => order.push(`handler ${String(data)}`)
  server.deliver(1)
  socket.onmessage = null
  assert.equal(socket.onmessage, null)
  server.deliver(2)
  target.removeEventListener('message', listener)
  server.deliver(3)
  assert.deepEqual(order, ['handler 1', 'listener 1', 'listener 2'])
})

test('sending too early, and closing in a way no connection can, throw as a WebSocket does', () => {
  const { dial } = world()
  const { socket } = dial()
  assert.throws(() => socket.send('x'), { name: 'InvalidStateError' })
  assert.throws(() => socket.close(1001), { name: 'InvalidAccessError' })
  assert.throws(() => socket.close(1000, 'é'.repeat(62)), { name: 'SyntaxError' })
  assert.equal(socket.readyState, 0)
})

test('latency delays both ways, and a connection by one way there and one back', () => {
  const { clock, faults, dial } = world({ latencyMs: 100 })
  const { socket, heard } = dial()
  const server = FakeSocket.made[0]
  server?.accept()
  clock.pass(199)
  assert.deepEqual([heard, socket.readyState], [[], 0])
  clock.pass(1)
  assert.deepEqual([heard, socket.readyState], [['open'], 1])
  socket.send('a')
  server?.deliver('b')
  clock.pass(99)
  assert.deepEqual([server?.sent, heard], [[], ['open']])
  clock.pass(1)
  assert.deepEqual([server?.sent, heard], [['a'], ['open', 'message "b"']])
  assert.equal(faults.fired.latency, 3)
})

test('a frame under way is what it was when it was sent', () => {
  const { clock, connected } = world({ latencyMs: 10 })
  const { socket, server } = connected()
  const bytes = new Uint8Array([1, 2, 3])
  socket.send(bytes.subarray(1))
  bytes.fill(0)
  clock.pass(10)
  assert.deepEqual(server.sent, [new Uint8Array([2, 3])])
})

test('order is kept under jitter, and when the latency drops in between', () => {
  const { clock, faults, connected } = world({ latencyMs: 5, jitterMs: 200 })
  const { socket, heard, server } = connected()
  const numbers = Array.from({ length: 50 }, (_, i) => String(i))
  for (const number of numbers) {
    if (number === '40') faults.set({ latencyMs: 0, jitterMs: 0 })
    socket.send(number)
    server.deliver(number)
    clock.pass(3)
  }
  assert.notDeepEqual(server.sent, numbers, 'something is still under way')
  clock.pass(205)
  assert.deepEqual(server.sent, numbers)
  assert.deepEqual(
    heard,
    numbers.map((number) => `message "${number}"`),
  )
})

/** Which of 200 frames each way arrive, in a world whose connection is the nth. */
const survivors = (change: Partial<FaultPlan>, connectionsBefore = 0) => {
  const { faults, connected, clock } = world(change)
  for (let i = 0; i < connectionsBefore; i++) connected()
  const { socket, heard, server } = connected()
  for (let i = 0; i < 200; i++) {
    socket.send(String(i))
    server.deliver(i)
  }
  clock.pass(10_000)
  return { up: server.sent.map(String), down: heard.map((note) => note.slice(8)), faults }
}

test('losses are as many as the plan says, counted, and different each way', () => {
  const { up, down, faults } = survivors({ lossUp: 0.25, lossDown: 0.5 })
  assert.ok(up.length > 130 && up.length < 170, `${up.length} of 200 with a loss of a quarter`)
  assert.ok(down.length > 80 && down.length < 120, `${down.length} of 200 with a loss of a half`)
  assert.equal(faults.fired.lossUp, 200 - up.length)
  assert.equal(faults.fired.lossDown, 200 - down.length)
  assert.equal(faults.fired.latency + faults.fired.cut + faults.fired.loseAcks, 0)
})

test('the same seed loses the same frames; another seed or connection loses others', () => {
  const plan = { lossUp: 0.3, lossDown: 0.3 }
  const { up, down } = survivors(plan)
  assert.deepEqual(survivors(plan).up, up)
  assert.deepEqual(survivors(plan).down, down)
  assert.notDeepEqual(survivors({ ...plan, seed: 4 }).up, up)
  assert.notDeepEqual(survivors(plan, 1).up, up)
  assert.notDeepEqual(up, down)
})

test('one fault never changes which frames another one hits', () => {
  const { up, down } = survivors({ lossUp: 0.3, lossDown: 0.3 })
  const slow = survivors({ lossUp: 0.3, lossDown: 0.3, latencyMs: 20, jitterMs: 50 })
  assert.deepEqual([slow.up, slow.down], [up, down])
  assert.deepEqual(survivors({ lossUp: 0.3 }).up, up)
  // Nor does when it was switched on.
  const { faults, connected } = world()
  const { socket, server } = connected()
  for (let i = 0; i < 200; i++) {
    if (i === 100) faults.set({ lossUp: 0.3 })
    socket.send(String(i))
  }
  const isLate = (frame: unknown): boolean => Number(frame) >= 100
  assert.deepEqual(server.sent.filter(isLate), up.filter(isLate))
})

test('naming the seed again starts its draws anew', () => {
  const { faults, connected } = world({ lossUp: 0.5 })
  const sent = (): unknown => {
    const { socket, server } = connected()
    for (let i = 0; i < 50; i++) socket.send(String(i))
    return server.sent
  }
  const first = sent()
  assert.notDeepEqual(sent(), first)
  faults.set({ seed: 3 })
  assert.deepEqual(sent(), first)
})

test('acks are lost by probability or by number, and nothing else is', () => {
  const { faults, connected } = world({ loseAcks: 1 })
  const { heard, server } = connected()
  server.deliver(new Uint8Array([ACK, 1]).buffer)
  server.deliver(Buffer.from([ACK, 1]))
  server.deliver(new Uint8Array([1]))
  server.deliver('text')
  assert.deepEqual(heard.splice(0), ['message bytes 1', 'message "text"'])
  faults.set({ loseAcks: 0 })
  faults.loseNextAcks(2)
  for (const first of [ACK, 1, ACK, ACK]) server.deliver(new Uint8Array([first]))
  assert.deepEqual(heard, ['message bytes 1', 'message bytes 9'])
  assert.equal(faults.fired.loseAcks, 4)
})

test('a cut ends every connection uncleanly, and nothing late of it reaches the app', () => {
  const { clock, faults, connected, dial } = world({ latencyMs: 50 })
  const one = connected()
  const other = connected()
  const opening = dial()
  one.socket.send('under way')
  one.server.deliver('under way')
  other.server.hangUp(1000, true)
  const closes: unknown[] = []
  const target = one.socket as unknown as EventTarget
  target.addEventListener('close', (event) => closes.push(Reflect.get(event, 'wasClean')))
  const late = { onmessage: one.server.onmessage, onclose: one.server.onclose }
  faults.cut()
  assert.deepEqual([one.socket, other.socket, opening.socket].map(stateOf), [3, 3, 3])
  assert.deepEqual(one.heard, [], 'events come out of nobody’s call')
  clock.pass(0)
  assert.deepEqual([one.heard, other.heard], [['close 1006'], ['close 1006']])
  assert.deepEqual([opening.heard, closes], [['error', 'close 1006'], [false]])
  // What the wrapped connection does now, even through handlers that were taken from it before.
  one.server.hangUp(1000, true)
  late.onmessage?.({ data: 'late' })
  late.onclose?.({ code: 1000, reason: '', wasClean: true })
  one.socket.send('nobody there')
  clock.pass(60_000)
  assert.deepEqual([one.heard, other.heard], [['close 1006'], ['close 1006']])
  assert.deepEqual(one.server.sent, [])
  assert.deepEqual([one.server.closedWith, faults.fired.cut], [[undefined], 3])
})

const stateOf = (socket: { readonly readyState: number }): number => socket.readyState

test('a refused connection fails a moment later, and is never made', () => {
  const { clock, faults, dial } = world({ refuse: true })
  const { socket, heard } = dial()
  assert.deepEqual([socket.readyState, heard], [0, []])
  clock.pass(0)
  assert.deepEqual([socket.readyState, heard], [3, ['error', 'close 1006']])
  assert.equal(FakeSocket.made.length, 0)
  const given = dial()
  given.socket.close()
  clock.pass(0)
  assert.deepEqual(given.heard, ['error', 'close 1006'], 'once, also when the app gave up itself')
  assert.equal(faults.fired.refuse, 2)
})

test('refusing new connections leaves those there are alone; offline cuts them too', () => {
  const { clock, faults, connected, dial } = world()
  const { socket, heard, server } = connected()
  faults.set({ refuse: true })
  server.deliver('still here')
  assert.deepEqual(heard, ['message "still here"'])
  faults.goOffline()
  clock.pass(0)
  assert.equal(socket.readyState, 3)
  faults.comeBack()
  const again = dial()
  FakeSocket.made.at(-1)?.accept()
  assert.deepEqual(again.heard, ['open'])
})

test('a reconnect from within the close event is not hit by the same cut', () => {
  const { clock, faults, connected, dial } = world()
  const { socket } = connected()
  let again: ReturnType<typeof dial> | undefined
  socket.onclose = () => {
    again = dial()
  }
  faults.cut()
  clock.pass(0)
  assert.equal(again?.socket.readyState, 0)
  assert.equal(faults.fired.cut, 1)
})

test('a bad address throws where the connection would have been made at once, and fails where it waited', () => {
  const { clock, faults, dial } = world()
  assert.throws(() => dial('bad://'), { name: 'SyntaxError' })
  faults.set({ halfOpen: 'up' })
  const { heard } = dial('bad://')
  faults.set({ halfOpen: 'none' })
  clock.pass(0)
  assert.deepEqual(heard, ['error', 'close 1006'])
})

test('giving up while connecting fails the connection, whatever the other end does afterwards', () => {
  const { clock, dial } = world()
  const { socket, heard } = dial()
  const server = FakeSocket.made[0]
  socket.close()
  assert.equal(socket.readyState, 2)
  server?.accept()
  clock.pass(0)
  assert.deepEqual([heard, server?.closedWith], [['error', 'close 1006'], [undefined]])
})

test('an error of the wrapped connection comes before its close, both after what was under way', () => {
  const { clock, connected } = world({ latencyMs: 30 })
  const { heard, server } = connected()
  server.deliver('last words')
  server.fail()
  server.hangUp(1006, false)
  assert.deepEqual(heard, [])
  clock.pass(30)
  assert.deepEqual(heard, ['message "last words"', 'error', 'close 1006'])
})
