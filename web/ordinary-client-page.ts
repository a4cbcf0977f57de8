import { WebsocketProvider } from 'y-websocket'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { deviceToken } from './device-token.ts'
import { element, place } from './element.ts'
import { onCommand, tellParent } from './frame-messages.ts'
import { openNetwork } from './network.ts'
import type { Network } from './network.ts'
import { isStatus } from './ordinary-client-report.ts'
import type { EditRange, OrdinaryReport } from './ordinary-client-report.ts'
import { readClientAddress } from './page-address.ts'
import { createSharedText } from './shared-text.ts'

/** The client of the story as most would build it: the same text and binding, y-websocket's provider as it comes from npm. */
const start = (): void => {
  document.documentElement.classList.add('is-framed')
  const address = readClientAddress(location.search)
  if ('problem' in address) return showFailure(address.problem)
  const network = openNetwork(location.search)
  if ('problem' in network) return showFailure(network.problem)
  const { room, namespace = 'alone', user } = address
  const doc = new Y.Doc()
  const isKeeping = new URLSearchParams(location.search).get('keep') === 'indexeddb'
  const kept = isKeeping
    ? new IndexeddbPersistence(`ordinary/${room}/${namespace}`, doc)
    : undefined
  openClient(doc, { room, user }, network, kept)
}

const openClient = (
  doc: Y.Doc,
  { room, user }: { readonly room: string; readonly user: string | undefined },
  network: Network,
  kept: IndexeddbPersistence | undefined,
): void => {
  const text = createSharedText(doc.getText('text'))
  place('shared').replaceChildren(text.element)
  const edits = noteEdits(doc)
  const token = deviceToken()
  const provider = new WebsocketProvider(`${location.origin.replace('http', 'ws')}/y`, room, doc, {
    WebSocketPolyfill: network.WebSocket as typeof WebSocket,
    // The two frames stand for two devices, and those have no channel between tabs.
    disableBc: true,
    params: { ...(user !== undefined && { user }), ...(token !== '' && { token }) },
  })
  let status: OrdinaryReport['status'] = 'connecting'
  const tell = (): void =>
    tellParent({
      ...text.facts,
      status,
      isSynced: provider.synced,
      isKept: kept?.synced,
      isCut: network.isCut,
      edits,
    } satisfies OrdinaryReport)
  provider.on('status', (event) => {
    if (isStatus(event.status)) ({ status } = event)
    tell()
  })
  provider.on('sync', tell)
  kept?.on('synced', tell)
  network.onChange(tell)
  text.onChange(tell)
  text.followOthers()
  onCommand((command) => {
    if (command.type === 'cut') network.cut()
    else if (command.type === 'come-back') network.comeBack()
    else if (command.type === 'type') text.type(command.text)
    else if (command.type === 'open-with') text.openWith(command.text)
  })
  tell()
}

/** Each transaction of this page that wrote anything, as Yjs counts. */
const noteEdits = (doc: Y.Doc): readonly EditRange[] => {
  const edits: EditRange[] = []
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    const client = doc.clientID
    const from = transaction.beforeState.get(client) ?? 0
    const to = transaction.afterState.get(client) ?? 0
    if (transaction.local && to > from) edits.push({ client, from, to })
  })
  return edits
}

const showFailure = (sentence: string): void => {
  place('shared').replaceChildren(element('p', { class: 'problem', text: sentence }))
  tellParent({ failure: sentence })
}

start()
