// Hocuspocus as its documentation starts it: node hocuspocus.mjs PORT [FOLDER]. With a folder its SQLite extension keeps documents there.

import { join } from 'node:path'
import { SQLite } from '@hocuspocus/extension-sqlite'
import { Server } from '@hocuspocus/server'

const [port, folder] = process.argv.slice(2)
const extensions =
  folder === undefined ? [] : [new SQLite({ database: join(folder, 'documents.sqlite') })]
const server = new Server({ address: '127.0.0.1', port: Number(port), quiet: true, extensions })
await server.listen()
console.log(`Bench ready at ${server.address.port}`)
