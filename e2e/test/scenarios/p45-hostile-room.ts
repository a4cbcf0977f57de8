import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { nodeWebSocket, openRoom } from '../../../kit/node.ts'
import { stockUpdate, updateOfManyClients } from '../../support/hostile-update.ts'
import { inspect, inspectRooms } from '../../support/inspect.ts'
import { metricsOf } from '../../support/metrics.ts'
import { SupervisedRelay } from '../../support/supervised-relay.ts'
import { complaintOf } from '../../torture/left-behind.ts'
import { scenario } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'
import { untilStatus } from '../../torture/writer.ts'

/** Enough for a relay with a few people on it, not for the 65,536 Yjs clients that one room may have. */
const SMALL_HEAP = '--max-old-space-size=20'
const CLIENTS_AN_UPDATE = 16_000
const AGAIN_MS = 100
const CLOSED = /^It was at work for room "bad", as 2 times before: that room stays closed/m

const countIn = (text: string, words: RegExp): number => text.match(words)?.length ?? 0

/** Whoever says as much as it may, as often as it can, for as long as it is let. */
class Hostile {
  readonly #url: string
  #socket: WebSocket | undefined
  #timer: NodeJS.Timeout | undefined
  #firstClient = 1000
  connections = 0

  constructor(url: string) {
    this.#url = url
    this.#connect()
  }

  #connect(): void {
    const socket = new WebSocket(`${this.#url.replace('http', 'ws')}/y/bad`, { origin: this.#url })
    this.#socket = socket
    socket.on('error', () => undefined)
    socket.on('close', () => (this.#timer = setTimeout(() => this.#connect(), AGAIN_MS)))
    socket.on('open', () => {
      this.connections++
      for (let more = 4; more > 0; more--) {
        socket.send(stockUpdate(updateOfManyClients(CLIENTS_AN_UPDATE, this.#firstClient)))
        this.#firstClient += CLIENTS_AN_UPDATE
      }
    })
  }

  stop(): void {
    this.#socket?.removeAllListeners('close').terminate()
    clearTimeout(this.#timer)
  }
}

export const hostileRoom = (): void =>
  scenario(
    'P45, J15, A4, S16: a room whose people take all of the relay’s memory ends it three times, then stays closed, and all others go on',
    async (stage) => {
      const relay = await SupervisedRelay.start([SMALL_HEAP])
      stage.t.after(() => relay.destroy())
      const { url } = relay
      const calm = [
        stage.client('ann', { url, room: 'calm' }),
        stage.client('bob', { url, room: 'calm' }),
        stage.client('tess', { url, room: 'quiet', isTyping: true }),
      ]
      await stage.allLive()
      for (const writer of calm) writer.start({ everyMs: 100, burst: 2, maxPending: 100 })
      const hostile = new Hostile(url)
      stage.t.after(() => hostile.stop())

      await until('the room is closed', () => CLOSED.test(relay.said), 60_000)
      await until('the relay is back', async () => {
        await relay.startAgain()
        return relay.starts > 3
      })
      const { starts, pid } = relay
      const deaths = countIn(relay.said, /^The relay's process is gone \(SIGABRT\)/gm)
      assert.equal(countIn(relay.said, /at work for room "bad"/g), 3, relay.said)
      assert.equal(countIn(relay.said, /that room stays closed/g), 1, relay.said)

      // They go on trying. Who asks for the room is told, and everybody else has their acks.
      const { connections } = hostile
      const acked = ['calm', 'quiet'].map((room) => stage.ledger(room).ackedCount)
      await until('others go on, and the room is asked for', () =>
        ['calm', 'quiet'].every((room, at) => stage.ledger(room).ackedCount > acked[at]! + 20),
      )
      await until('they try again', () => hostile.connections > connections + 3)
      const victim = openRoom({ url, room: 'bad', user: 'vic', WebSocket: nodeWebSocket() })
      stage.t.after(() => victim.close())
      await until('who is in the room is told', () => {
        return victim.status.current.problem?.code === 'cannot-load'
      })
      assert.doesNotThrow(() => process.kill(pid, 0))
      assert.equal(countIn(relay.said, /^The relay's process is gone/gm), starts - 1, relay.said)
      assert.equal((await metricsOf(url)).get('holdfast_room_quarantines_total'), 1)

      await stage.allSaved(60_000)
      for (const room of ['calm', 'quiet']) {
        const records = await inspect(relay.dataDir, room)
        const ledger = stage.ledger(room)
        assert.equal(complaintOf(new Map([[room, ledger.compare(records, true)]])), '')
        for (const writer of calm.filter((each) => each.room.name === room)) {
          await untilStatus(writer, ({ lastOffset }) => lastOffset === records.length)
        }
      }
      // Of the hostile room too all is sound that is there.
      const sound = await inspectRooms(relay.dataDir)
      stage.say(`${deaths} deaths, then ${starts} starts in all; ${sound.length} rooms sound`)
    },
  )
