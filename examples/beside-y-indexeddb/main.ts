import { SAVE_SENTENCES } from 'holdfast'
import { WebsocketProvider } from 'holdfast/y-websocket'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { relay } from '../shared/addresses.ts'
import { showEditor, showStatus } from '../shared/text-editor.ts'

const doc = new Y.Doc()
// What an earlier version of the app kept on this device comes along: what the relay does not have of it is sent, once.
const kept = new IndexeddbPersistence('beside-y-indexeddb', doc)
const provider = new WebsocketProvider(relay, 'beside-y-indexeddb', doc)
provider.room.status.subscribe(({ save }) => showStatus(SAVE_SENTENCES[save]))
await kept.whenSynced
showEditor(doc, provider.awareness)
