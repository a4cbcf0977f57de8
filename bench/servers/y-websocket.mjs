// y-websocket's server as its own start script makes it: node y-websocket.mjs PORT [FOLDER]. With a folder documents are kept in LevelDB there.

import { createServer } from 'node:http'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'

const [port, folder] = process.argv.slice(2)
// The package reads this when it is loaded.
if (folder !== undefined) process.env['YPERSISTENCE'] = join(folder, 'leveldb')
const { setupWSConnection } = await import('@y/websocket-server/utils')

const sockets = new WebSocketServer({ noServer: true })
sockets.on('connection', (socket, request) => setupWSConnection(socket, request))
const server = createServer((_request, response) => response.end('okay'))
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (opened) =>
    sockets.emit('connection', opened, request),
  )
})
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`Bench ready at ${server.address().port}`)
})
