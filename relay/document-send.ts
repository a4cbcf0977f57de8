import { WebSocket } from 'ws'
import { CLOSE_CODES } from '../protocol/index.ts'
import type { RoomName } from '../protocol/index.ts'
import type { RelayAddress } from './document-fetch.ts'
import { decodeStock, encodeUpdate } from './endpoints/y-websocket/wire.ts'
import { TransferError } from './transfer-error.ts'

/** Updates on their way to a relay, as a stock client sends them. */
export type Sending = {
  /** Rejects with a {@link TransferError} when the relay takes no more; never resolves. To be awaited at once. */
  readonly refused: Promise<never>
  readonly stop: () => void
}

const USER = 'holdfast-import'

/** Begins to send; how far the relay has them is for who asks it to find out. */
export const sendUpdates = (
  { url, token }: RelayAddress,
  room: RoomName,
  updates: readonly Uint8Array[],
): Sending => {
  const query = new URLSearchParams({ user: USER, ...(token !== undefined && { token }) })
  const address = `${url.replace(/^http/, 'ws')}/y/${room}?${query.toString()}`
  // W6: a relay takes nobody without an Origin that it knows.
  const socket = new WebSocket(address, { origin: url, perMessageDeflate: false })
  const refused = new Promise<never>((_resolve, reject) => {
    socket.on('error', ({ message }) =>
      reject(new TransferError('not-taken', `The relay does not let this in: ${message}.`)),
    )
    socket.on('close', (code, reason) => reject(refusal(code, reason.toString())))
    socket.on('message', (data: Buffer) => {
      // The one thing that a relay says by "auth": you may not write.
      if (decodeStock(data)?.type !== 'auth') return
      reject(new TransferError('read-only', 'You may read this room, and not write in it.'))
    })
  })
  socket.once('open', () => void feed(socket, updates))
  return { refused, stop: () => socket.close() }
}

/** What the relay cannot take at once waits there (Y10) or on the way: the next one goes into the socket when the one before it is out of it. */
const feed = async (socket: WebSocket, updates: readonly Uint8Array[]): Promise<void> => {
  for (const update of updates) {
    const error = await new Promise<Error | undefined>((sent) => {
      socket.send(encodeUpdate(update), sent)
    })
    // Closed: why, `refused` says.
    if (error) return
  }
}

const refusal = (code: number, reason: string): TransferError => {
  const [name = 'not-taken'] =
    Object.entries(CLOSE_CODES).find(([, number]) => number === code) ?? []
  return new TransferError(name, reason === '' ? `The relay closed with code ${code}.` : reason)
}
