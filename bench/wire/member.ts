import { WebSocket } from 'ws'

/** What a connection tells who counts. One object for all connections: nothing is made for each of them. */
export type Listener = {
  /** An update came, of oneself (an echo, or an ack) or of another. */
  readonly onUpdate: (member: Member, update: Uint8Array) => void
  /** The server said that what this member sent is taken, without sending it back. */
  readonly onTaken: (member: Member) => void
  readonly onClosed: (member: Member, code: number) => void
}

export const QUIET: Listener = { onUpdate: () => {}, onTaken: () => {}, onClosed: () => {} }

export type MemberOptions = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly room: string
  /** Its place in its room, from 0; writers come first and have client id `place + 1`. */
  readonly place: number
  readonly listener: Listener
}

/** One client of a server: a raw socket that speaks one dialect, without a document. */
export abstract class Member {
  readonly room: string
  readonly place: number
  /** Payload bytes of WebSocket messages, either way. */
  bytesIn = 0
  bytesOut = 0
  messagesIn = 0
  messagesOut = 0
  /** Resolves when it has all that the room had; rejects when the connection ends before. */
  readonly ready: Promise<void>
  /** Number of the room among those of one load; whoever counts gives it. */
  roomIndex = 0
  protected readonly listener: Listener
  protected readonly socket: WebSocket
  #isReady!: () => void

  constructor(path: string, { url, room, place, listener }: MemberOptions) {
    this.room = room
    this.place = place
    this.listener = listener
    this.socket = new WebSocket(url.replace('http', 'ws') + path, {
      origin: url,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve
      this.socket.once('close', (code) => reject(new Error(`closed with ${code} before it was in`)))
    })
    // Who does not wait for it is told by `onClosed`.
    this.ready.catch(() => {})
    this.socket.on('open', () => this.greet())
    this.socket.on('message', (data: Buffer) => {
      this.bytesIn += data.length
      this.messagesIn++
      this.take(data)
    })
    this.socket.on('error', () => {})
    this.socket.on('close', (code) => listener.onClosed(this, code))
  }

  /** What goes over TCP, either way, upgrade and WebSocket heads included. Null once the connection is gone. */
  get tcpBytes(): number | null {
    const { _socket: tcp } = this.socket as unknown as {
      _socket: { bytesRead: number; bytesWritten: number } | null
    }
    return tcp === null ? null : tcp.bytesRead + tcp.bytesWritten
  }

  /** What is said when the connection is open. */
  protected abstract greet(): void
  protected abstract take(message: Buffer): void
  /** Sends the update that was prepared as number `index` of this member. */
  abstract write(prepared: Prepared, index: number): void

  protected say(message: Uint8Array): void {
    this.bytesOut += message.length
    this.messagesOut++
    this.socket.send(message, { binary: true })
  }

  protected isIn(): void {
    this.#isReady()
  }

  end(): void {
    this.socket.terminate()
  }
}

/** Updates of one writer, from 0, and as what each dialect sends them. */
export type Prepared = {
  readonly updates: readonly Uint8Array[]
  readonly messages: readonly Uint8Array[]
}
