import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { showAppFailure } from './app-failure.ts'
import { appUser } from './app-user.ts'
import { databaseName, readKeep } from './basic-address.ts'
import { showBasicRoom } from './basic-room.ts'
import { deviceToken, takeTicket } from './device-token.ts'
import { introduce } from './document/caret-user.ts'
import { openNetwork } from './network.ts'
import { newRoomName, readRoomPage, roomPagePath } from './page-address.ts'
import { colorOfUser, nameInId } from './shown-name.ts'
import './stock-handle.ts'
import { openStockRoom } from './stock-room.ts'

/** The same app on stock parts. */
const start = async (): Promise<void> => {
  const joining = await takeTicket()
  if (joining !== undefined) return showAppFailure(joining.problem)
  const address = readRoomPage(location.pathname, location.search)
  if ('problem' in address) return showAppFailure(address.problem)
  const keep = readKeep(location.search)
  if ('problem' in keep) return showAppFailure(keep.problem)
  const network = openNetwork(location.search, { isStock: true })
  if ('problem' in network) return showAppFailure(network.problem)
  const name = address.room ?? takeNewRoom()
  const user = address.user ?? appUser(address.namespace)
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  introduce(awareness, { name: nameInId(user), color: colorOfUser(user) })
  const room = openStockRoom({
    origin: location.origin,
    room: name,
    doc,
    awareness,
    user,
    token: deviceToken(),
    WebSocket: network.WebSocket,
    database: keep.isKept ? databaseName(name, address.namespace) : undefined,
  })
  showBasicRoom({ name, user, doc, awareness, room, network, isKept: keep.isKept })
  window.stockDemo = { provider: room.provider, doc, faults: network.faults }
}

/** A room of this page's own, written into its address: a reload keeps it, and the address can be passed on. */
const takeNewRoom = (): string => {
  const room = newRoomName(crypto.getRandomValues(new Uint8Array(8)))
  history.replaceState(null, '', roomPagePath(location.pathname, room, location.search))
  return room
}

await start()
