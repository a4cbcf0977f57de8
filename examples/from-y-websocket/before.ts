import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { relay } from '../shared/addresses.ts'
import { showEditor, showStatus } from '../shared/text-editor.ts'

const doc = new Y.Doc()
const provider = new WebsocketProvider(`${relay}/y`, 'from-y-websocket', doc, {
  params: { token: 'of this user' },
})
provider.on('status', ({ status }) => showStatus(status))
provider.on('sync', (isSynced) => isSynced && showStatus('synced'))
showEditor(doc, provider.awareness)
