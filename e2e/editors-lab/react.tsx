import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { editorElement } from './app.ts'

/** Mounted twice in development, as StrictMode does it: what the first mount made is destroyed, on one document. */
const Note = ({ relay, room, doc }: { relay: string; room: string; doc: Y.Doc }) => {
  const [text, setText] = useState('')
  useEffect(() => {
    const provider = new WebsocketProvider(relay, room, doc)
    const shared = doc.getText('note')
    const show = (): void => setText(shared.toString())
    shared.observe(show)
    show()
    window.openEditor = { doc, provider, shared: () => shared.toString() }
    Object.assign(window, { mounts: ++mounts })
    return () => {
      shared.unobserve(show)
      provider.destroy()
    }
  }, [relay, room, doc])
  return (
    <textarea
      aria-label="Note"
      value={text}
      onChange={(event) =>
        doc
          .getText('note')
          .insert(doc.getText('note').length, event.target.value.slice(text.length))
      }
    />
  )
}

let mounts = 0
const asked = new URLSearchParams(location.search)
const doc = new Y.Doc()
createRoot(editorElement()).render(
  <StrictMode>
    <Note relay={asked.get('relay') ?? ''} room={asked.get('room') ?? ''} doc={doc} />
  </StrictMode>,
)
