import { SAVE_SENTENCES, openRoom } from 'holdfast'
import * as Y from 'yjs'
import { relay } from '../shared/addresses.ts'
import { showForm, showItems, showStatus } from './page.ts'

const doc = new Y.Doc()
const items = doc.getArray<string>('items')
const room = openRoom({ url: relay, room: 'quick-start', doc })
items.observe(() => showItems(items.toArray()))
room.status.subscribe(({ save }) => showStatus(SAVE_SENTENCES[save]))
showForm((item) => items.push([item]))
