import { nodeWebSocket, openRoom } from '../../kit/node.ts'

/*
 * A client in a process of its own, so that what it does costs nobody else's time but the relay's: `hoarder.ts URL ROOM COUNT`.
 * Told `write` on stdin it pushes COUNT edits in one go, and says, one line each:
 *
 *     live                   before and after, whenever it becomes so
 *     written                all of them are pushed
 *     acked 17 4711          the 17th has its place in the log
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const [url, name, count] = process.argv.slice(2)
if (url === undefined || name === undefined || count === undefined) {
  throw new Error('usage: hoarder.ts URL ROOM COUNT')
}

const room = openRoom({ url, room: name, user: 'hoarder', WebSocket: nodeWebSocket() })
let wasLive = false
room.status.subscribe(({ connection }) => {
  const isLive = connection === 'live'
  if (isLive && !wasLive) say('live')
  wasLive = isLive
})
process.stdin.once('data', () => {
  for (let number = 1; number <= Number(count); number++) {
    room
      .push('edit', { writer: 'hoarder', number })
      .receive('ok', ({ offset }) => say(`acked ${number} ${offset ?? ''}`))
  }
  say('written')
})
process.stdin.once('end', () => process.exit(0))
