import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { mock, test } from 'node:test'
import type { TestContext } from 'node:test'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room, Settled } from '../../kit/node.ts'
import { inspect } from '../support/inspect.ts'
import { SupervisedRelay } from '../support/supervised-relay.ts'
import { until } from '../torture/until.ts'

const ROOM = 'notes'
const TIMEOUT = { timeout: 60_000 }

// Waits before coming back are random; here they are drawn short.
const { random } = Math
mock.method(Math, 'random', () => random() / 100)

/** Someone who notes what it wrote, and under which log it was acked. */
class Scribe {
  readonly room: Room
  readonly user: string
  readonly written: string[] = []
  readonly acks: Settled[] = []

  constructor(url: string, user: string) {
    this.user = user
    this.room = openRoom({ url, room: ROOM, user, WebSocket: nodeWebSocket() })
  }

  write(count: number): void {
    for (let more = count; more > 0; more--) {
      const note = `${this.user} ${this.written.length + 1}`
      this.written.push(note)
      this.room.push('note', note).receive('ok', (settled) => void this.acks.push(settled))
    }
  }

  get isSettled(): boolean {
    const { connection, save } = this.room.status.current
    return connection === 'live' && save === 'saved' && this.acks.length === this.written.length
  }
}

const scene = async (t: TestContext) => {
  const relay = await SupervisedRelay.start()
  t.after(() => relay.destroy())
  const scribes = ['ann', 'bob'].map((user) => new Scribe(relay.url, user))
  t.after(() => Promise.all(scribes.map(({ room }) => room.close())))
  for (const scribe of scribes) scribe.write(50)
  await until('all is saved', () => scribes.every((scribe) => scribe.isSettled))
  return { relay, scribes }
}

/** All that anybody wrote is on the disk, once. What comes back stands behind what the new log has by then. */
const expectAll = async (relay: SupervisedRelay, scribes: readonly Scribe[]): Promise<void> => {
  const records = await inspect(relay.dataDir, ROOM)
  const notes = records.flatMap(({ payload }) => (typeof payload === 'string' ? [payload] : []))
  const written = scribes.flatMap((scribe) => scribe.written)
  assert.deepEqual(notes.toSorted(), written.toSorted())
}

test(
  'P9, S3, S11, A4, C9: behind the deletion of the data folder nothing is acked in the old log, two who write then are stored in a new one, and what they had comes back',
  TIMEOUT,
  async (t) => {
    const { relay, scribes } = await scene(t)
    const [before] = scribes[0]!.acks
    await rm(relay.dataDir, { recursive: true })
    for (const scribe of scribes) scribe.write(50)
    await until('all is saved again', () => scribes.every((scribe) => scribe.isSettled))
    const epochs = scribes.flatMap(({ acks }) => acks.slice(50).map(({ epoch }) => epoch))
    assert.equal(epochs.length, 100)
    assert.ok(!epochs.includes(before!.epoch), 'an ack of the log that is gone')
    assert.match(relay.said, /was removed or replaced while it was in use/)
    await expectAll(relay, scribes)
  },
)

test(
  'P9, S3, A4, C9: a relay that nobody writes to finds out too that its data folder was deleted, is not ready, and its pages bring back what they had',
  TIMEOUT,
  async (t) => {
    const { relay, scribes } = await scene(t)
    await rm(relay.dataDir, { recursive: true })
    const readiness = await fetch(`${relay.url}/readyz`)
    assert.equal(readiness.status, 503)
    await relay.startAgain()
    await until('all have read another log', () =>
      scribes.every(({ room }) => room.status.current.counters.resets > 0),
    )
    await until('all is saved again', () => scribes.every((scribe) => scribe.isSettled))
    assert.equal((await fetch(`${relay.url}/readyz`)).status, 200)
    await expectAll(relay, scribes)
  },
)
