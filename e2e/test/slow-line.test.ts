import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Doc } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room } from '../../kit/node.ts'
import { startFaultProxy } from '../fault-proxy.ts'
import type { FaultProxy } from '../fault-proxy.ts'
import { noise, pastedIn } from '../support/large-edits.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { tunedRelay } from '../support/tuned-relay.ts'
import { until } from '../torture/until.ts'

const ROOM = 'notes'
const LIMIT = { timeout: 60_000 }
/** A piece takes 0.65 s on it, a frame of 4 MB ten seconds: six times what may be silent here. */
const BYTES_PER_SECOND = 400_000
const LARGE_BYTES = 4_000_000
const RELAY = tunedRelay({
  options:
    'limits: { silenceMs: 1600, beatMs: 500 }, allowHosts: valueOf("--allow-host").split(",")',
})

type Line = { readonly relay: RelayProcess; readonly wire: FaultProxy }

const slowLine = async (t: TestContext): Promise<Line> => {
  const wire = await startFaultProxy({ targetPort: 1 })
  t.after(() => wire.close())
  const args = ['--allow-host', new URL(wire.url).host]
  const relay = await RelayProcess.start({ program: RELAY, args })
  t.after(() => relay.destroy())
  wire.retarget(Number(new URL(relay.url).port))
  return { relay, wire }
}

const pageAt = (t: TestContext, url: string, user: string): { room: Room; doc: Doc } => {
  const doc = new Doc()
  const room = openRoom({ url, room: ROOM, user, doc, WebSocket: nodeWebSocket() })
  t.after(async () => {
    await room.close()
    doc.destroy()
  })
  return { room, doc }
}

const isSaved = ({ room }: { room: Room }): boolean => {
  const { save, connection } = room.status.current
  return save === 'saved' && connection === 'live'
}

test(
  'W22, W11: 4 MB on a slow line are no silence, neither on the way up nor on the way down',
  LIMIT,
  async (t) => {
    const { relay, wire } = await slowLine(t)
    const ada = pageAt(t, wire.url, 'ada')
    await until('ada is there', () => isSaved(ada))
    wire.rate({ bytesPerSecond: BYTES_PER_SECOND })
    let begunAt = performance.now()
    ada.doc.getMap('files').set('picture', noise(LARGE_BYTES))
    await until('it is saved', () => isSaved(ada))
    assert.ok(performance.now() - begunAt > 8000, 'the line was slow')
    assert.deepEqual(ada.room.figures().ends, {})

    begunAt = performance.now()
    const tim = pageAt(t, wire.url, 'tim')
    await until('tim has it', () => tim.doc.getMap('files').has('picture'))
    assert.deepEqual(pastedIn(tim.doc), pastedIn(ada.doc))
    assert.ok(performance.now() - begunAt > 8000, 'the line was slow')
    assert.deepEqual(tim.room.figures().ends, {})
    assert.ok(tim.room.figures().received['slice']!.frames >= 16)
    assert.equal(relay.log, '')
  },
)
