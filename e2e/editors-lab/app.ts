import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

/*
 * What the apps of this lab share, as an app on y-websocket has it. The same sources are built twice: as they are, and with another module
 * behind the name `y-websocket`. Nothing here knows which.
 */

export type OpenEditor = {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  /** What the document holds, where the editor shows something derived from it. */
  readonly shared: () => string
}

declare global {
  interface Window {
    openEditor: OpenEditor
  }
}

const COLORS: Readonly<Record<string, string>> = { ada: '#0b6b72', tim: '#9a4a12' }

/** The document of the page's address, connected, and its user introduced to the others. */
export const openDocument = (): {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  readonly user: { readonly name: string; readonly color: string }
} => {
  const asked = new URLSearchParams(location.search)
  const told = (name: string): string => asked.get(name) ?? ''
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(told('relay'), told('room'), doc)
  const user = { name: told('user'), color: COLORS[told('user')] ?? '#5b4fb3' }
  provider.awareness.setLocalStateField('user', user)
  return { doc, provider, user }
}

export const editorElement = (): HTMLElement => {
  const element = document.createElement('main')
  document.body.append(element)
  return element
}
