import { SAVE_SENTENCES } from 'holdfast'
import { WebsocketProvider } from 'holdfast/y-websocket'
import * as Y from 'yjs'
import { relay } from '../shared/addresses.ts'
import { showEditor, showStatus } from '../shared/text-editor.ts'

const doc = new Y.Doc()
const provider = new WebsocketProvider(relay, 'from-hocuspocus', doc, {
  params: { token: 'of this user' },
})
provider.room.status.subscribe(({ save, pendingCount }) =>
  showStatus(`${SAVE_SENTENCES[save]} ${pendingCount} waiting.`),
)
showEditor(doc, provider.awareness)
