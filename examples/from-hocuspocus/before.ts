import { HocuspocusProvider } from '@hocuspocus/provider'
import * as Y from 'yjs'
import { hocuspocus } from '../shared/addresses.ts'
import { showEditor, showStatus } from '../shared/text-editor.ts'

const doc = new Y.Doc()
const provider = new HocuspocusProvider({
  url: hocuspocus,
  name: 'from-hocuspocus',
  document: doc,
  token: () => 'of this user',
  onUnsyncedChanges: ({ number }) => showStatus(`${number} waiting`),
})
showEditor(doc, provider.awareness!)
