import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { HoldfastError, openRoom } from '../kit/index.ts'
import { showAppFailure } from './app-failure.ts'
import { showAppRoom } from './app-room.ts'
import { appUser } from './app-user.ts'
import { startRecorder } from './dashboard/recorder.ts'
import './demo-handle.ts'
import { deviceToken, takeTicket } from './device-token.ts'
import { openNetwork } from './network.ts'
import { newRoomName, readRoomPage, roomPagePath } from './page-address.ts'

/** One user in one room. */
const start = async (): Promise<void> => {
  const joining = await takeTicket()
  if (joining !== undefined) return showAppFailure(joining.problem)
  const address = readRoomPage(location.pathname, location.search)
  if ('problem' in address) return showAppFailure(address.problem)
  const network = openNetwork(location.search)
  if ('problem' in network) return showAppFailure(network.problem)
  const { namespace } = address
  const name = address.room ?? takeNewRoom()
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const user = address.user ?? appUser(namespace)
  try {
    const room = openRoom({
      url: location.origin,
      room: name,
      doc,
      awareness,
      user,
      token: deviceToken,
      WebSocket: network.WebSocket,
      peers: address.peers !== 'off' && {},
      RTCPeerConnection: network.RTCPeerConnection,
      ...(namespace !== undefined && { namespace }),
    })
    startRecorder(room, network)
    showAppRoom({ room, doc, awareness, user, network })
    window.holdfastDemo = { room, faults: network.faults, peerFaults: network.peerFaults }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    showAppFailure(error.message)
  }
}

/** A room of this page's own, written into its address: a reload keeps it, and the address can be passed on. */
const takeNewRoom = (): string => {
  const room = newRoomName(crypto.getRandomValues(new Uint8Array(8)))
  history.replaceState(null, '', roomPagePath(location.pathname, room, location.search))
  return room
}

await start()
