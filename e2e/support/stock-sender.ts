import { once } from 'node:events'
import { WebSocket } from 'ws'
import { inspect } from './inspect.ts'
import type { RelayProcess } from './relay-process.ts'
import { stockUpdate } from './hostile-update.ts'
import { until } from '../torture/until.ts'

/** Somebody who sends updates by hand, as a client of y-websocket. Resolves when all of them are on the disk. */
export const sendUpdates = async (
  relay: RelayProcess,
  { room, user }: { readonly room: string; readonly user: string },
  updates: readonly Uint8Array[],
): Promise<void> => {
  const before = (await inspect(relay.dataDir, room)).length
  const address = `${relay.url.replace('http', 'ws')}/y/${room}?user=${user}`
  const socket = new WebSocket(address, { origin: relay.url })
  let ended: number | undefined
  socket.on('close', (code) => (ended = code))
  await once(socket, 'open')
  for (const update of updates) socket.send(stockUpdate(update))
  await until('they are stored', async () => {
    if (ended !== undefined) throw new Error(`closed with ${ended}; it said:\n${relay.log}`)
    return (await inspect(relay.dataDir, room)).length === before + updates.length
  })
  socket.terminate()
}
