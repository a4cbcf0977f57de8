import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as Y from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'

/*
 * A Node process that edits a room's document and keeps it in a file of its own, as docs/node.md says: `node-document-writer.ts URL ROOM FILE WORDS`. It writes WORDS,
 * keeps the document, says what its light is and goes on until it is killed. One line of JSON each time something changes.
 */
const [url, roomName, file, words] = process.argv.slice(2)
if (url === undefined || roomName === undefined || file === undefined || words === undefined) {
  throw new Error('usage: node-document-writer.ts URL ROOM FILE WORDS')
}

const doc = new Y.Doc()
if (existsSync(file)) Y.applyUpdate(doc, readFileSync(file))
const room = openRoom({ url, room: roomName, doc, user: 'robot', WebSocket: nodeWebSocket() })
await room.ready
const text = doc.getText('text')
if (words !== '') text.insert(text.length, words)
writeFileSync(`${file}.part`, Y.encodeStateAsUpdate(doc))
renameSync(`${file}.part`, file)

const say = (): void => {
  const { connection, save, pendingCount } = room.status.current
  const line = { connection, save, pendingCount, text: text.toJSON() }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
room.status.subscribe(say)
doc.on('update', say)
setInterval(() => undefined, 60_000)
