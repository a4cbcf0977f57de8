import { nodeWebSocket, openRoom } from '../../kit/node.ts'

/*
 * A Node client in a process of its own, made to be killed: `node-writer.ts URL ROOM RUN`. It catches up, says what it has
 * found, then pushes until it dies. One line each, written before the next thing is done:
 *
 *     found {"1":40,"2":17}     events of each earlier run that this client has in its own view
 *     pushed 3                  about to be pushed
 *     acked 3                   its delivery has resolved
 */
const BURST = 20
const BURST_EVERY_MS = 40

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const [url, roomName, run] = process.argv.slice(2)
if (url === undefined || roomName === undefined || run === undefined) {
  throw new Error('usage: node-writer.ts URL ROOM RUN')
}

const room = openRoom({ url, room: roomName, user: 'writer', WebSocket: nodeWebSocket() })

const found: Record<string, number> = {}
room.on('tick', (payload) => {
  const { run: writtenBy } = payload as { run: string }
  found[writtenBy] = (found[writtenBy] ?? 0) + 1
})

await new Promise<void>((resolve) => {
  room.status.subscribe(({ connection }) => {
    if (connection === 'live') resolve()
  })
})
say(`found ${JSON.stringify(found)}`)

let count = 0
setInterval(() => {
  for (let more = BURST; more > 0; more--) {
    const n = ++count
    say(`pushed ${n}`)
    room.push('tick', { run, n }).receive('ok', () => say(`acked ${n}`))
  }
}, BURST_EVERY_MS)
