import { ObservableV2 } from 'lib0/observable'
import { encodeQueryParams } from 'lib0/url'
import { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import { isFinal } from '../../protocol/index.ts'
import type { Room, Status, WebSocketLike } from '../api.ts'
import { forgetStates } from '../awareness-binding.ts'
import { Connection } from '../connection.ts'
import { HoldfastError } from '../holdfast-error.ts'
import { OpenRoom } from '../open-room.ts'
import { checkRoomName, checkUser, portsFor, relayUrl, storageHere } from '../page-ports.ts'
import { tappedSocket } from './tapped-socket.ts'

export type WebsocketProviderOptions = {
  readonly connect?: boolean
  readonly awareness?: Awareness
  /** `token` and `user` go to the relay's hooks; `user` holds for the provider's life, all others are read at each attempt. */
  readonly params?: Record<string, string>
  readonly protocols?: string[]
  readonly WebSocketPolyfill?: WebSocketLike
  /** Ms; not above 0: the relay tells by itself when there is something new. */
  readonly resyncInterval?: number
  /** Ms, to which the waits between attempts grow. */
  readonly maxBackoffTime?: number
  readonly disableBc?: boolean
  readonly shouldReconnect?: (event: CloseEvent, provider: WebsocketProvider) => boolean
}

type Closed = { readonly code: number; readonly reason: string }

export type WebsocketProviderEvents = {
  status: (event: { status: 'connected' | 'disconnected' | 'connecting' }) => void
  sync: (isSynced: boolean) => void
  synced: (isSynced: boolean) => void
  'connection-close': (event: CloseEvent | null, provider: WebsocketProvider) => void
  'connection-error': (event: Event, provider: WebsocketProvider) => void
  closed: (event: Closed, provider: WebsocketProvider) => void
}

/** Not `isFinal(event.code)` alone: a WebSocket that says no code must not be taken for a refusal. */
const reconnectsByDefault = (event: CloseEvent): boolean => !isFinal(event.code)

/**
 * The provider of y-websocket 3 by its interface, and a room of Holdfast within: what is written is kept on this device, is on the
 * relay's disk when {@link room} says so, and waits while there is no connection.
 *
 * `serverUrl` may end in `/y`, where the relay serves clients of y-websocket, or be the relay's own address.
 *
 * @throws {HoldfastError} `bad-room-name`, `bad-url` or `bad-option`
 */
export class WebsocketProvider extends ObservableV2<WebsocketProviderEvents> {
  readonly serverUrl: string
  readonly roomname: string
  readonly doc: Doc
  readonly awareness: Awareness
  /** The same room with all that Holdfast says of it: `provider.room.status`. */
  readonly room: Room
  params: Record<string, string>
  protocols: string[]
  maxBackoffTime: number
  disableBc: boolean
  shouldReconnect: (event: CloseEvent, provider: WebsocketProvider) => boolean
  shouldConnect = false
  wsconnected = false
  wsconnecting = false
  /** Whether tabs of this browser that have the room open for the same user hear each other directly. */
  bcconnected = false
  readonly bcChannel: string
  wsUnsuccessfulReconnects = 0
  /** Ms since 1970. */
  wsLastMessageReceived = 0
  ws: WebSocket | null = null
  readonly #connection: Connection
  readonly #resync: ReturnType<typeof setInterval> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #unsubscribe: () => void
  /** `connecting` was said while the provider was made, when nobody could hear it. */
  #isAnnounced: boolean
  #isSynced = false
  #isDestroyed = false

  constructor(
    serverUrl: string,
    roomname: string,
    doc: Doc,
    {
      connect = true,
      awareness = new Awareness(doc),
      params = {},
      protocols = [],
      WebSocketPolyfill = globalThis.WebSocket as WebSocketLike | undefined,
      resyncInterval = -1,
      maxBackoffTime = 2500,
      disableBc = false,
      shouldReconnect = reconnectsByDefault,
    }: WebsocketProviderOptions = {},
  ) {
    super()
    checkRoomName(roomname)
    this.serverUrl = serverUrl.replace(/\/+$/, '')
    this.bcChannel = `${this.serverUrl}/${roomname}`
    this.roomname = roomname
    this.doc = doc
    this.awareness = awareness
    this.params = params
    this.protocols = protocols
    this.maxBackoffTime = maxBackoffTime
    this.disableBc = disableBc
    this.shouldReconnect = shouldReconnect
    this.#connection = this.#connect(WebSocketPolyfill)
    this.#isAnnounced = connect
    this.#connection.pause()
    const isDurable = storageHere() === 'indexeddb'
    const ties = { origin: this, keepsAwareness: true }
    this.room = new OpenRoom(
      this.#connection,
      roomname,
      { doc, awareness, tabHelp: false },
      isDurable,
      ties,
    )
    this.#unsubscribe = this.room.status.subscribe((status) => this.#look(status))
    if (resyncInterval > 0) {
      this.#resync = setInterval(() => this.#connection.wake(), resyncInterval)
    }
    if (connect) this.connect()
  }

  get url(): string {
    const query = encodeQueryParams(this.params)
    return `${this.serverUrl}/${this.roomname}${query === '' ? '' : `?${query}`}`
  }

  get synced(): boolean {
    return this.#isSynced
  }

  set synced(isSynced: boolean) {
    if (this.#isSynced === isSynced) return
    this.#isSynced = isSynced
    if (isSynced) this.wsUnsuccessfulReconnects = 0
    this.emit('synced', [isSynced])
    this.emit('sync', [isSynced])
  }

  connect(): void {
    if (this.#isDestroyed) return
    this.shouldConnect = true
    if (this.wsconnected || this.wsconnecting || this.ws !== null) return
    this.wsconnecting = true
    this.connectBc()
    // A refusal is forgotten with the pause before it.
    this.#connection.pause()
    this.#connection.resume()
  }

  disconnect(): void {
    this.shouldConnect = false
    this.disconnectBc()
    clearTimeout(this.#retry)
    this.#connection.pause()
    this.wsconnecting = false
    if (this.ws !== null) this.#end(null)
  }

  /** What is unsettled stays on this device. */
  override destroy(): void {
    if (this.#isDestroyed) return
    this.disconnect()
    this.#isDestroyed = true
    clearInterval(this.#resync)
    this.#unsubscribe()
    void this.room.close()
    super.destroy()
  }

  /** Lets tabs of this browser hear each other; not with {@link disableBc}. */
  connectBc(): void {
    if (this.disableBc) return
    this.bcconnected = true
    this.room.helpTabs(true)
  }

  disconnectBc(): void {
    this.bcconnected = false
    this.room.helpTabs(false)
  }

  #connect(WebSocketPolyfill: WebSocketLike | undefined): Connection {
    if (WebSocketPolyfill === undefined) {
      throw new HoldfastError(
        'bad-option',
        'There is no WebSocket here: pass one as WebSocketPolyfill.',
      )
    }
    const { user } = this.params
    checkUser(user)
    const socket = tappedSocket(
      { WebSocketPolyfill, protocols: () => this.protocols, query: () => this.#query() },
      {
        made: (made) => this.#made(made),
        opened: (opened) => this.#opened(opened),
        message: (from) => {
          if (from === this.ws) this.wsLastMessageReceived = Date.now()
        },
        failed: (failed, event) => {
          if (failed === this.ws) this.emit('connection-error', [event, this])
        },
        closed: (closed, event) => {
          if (closed === this.ws) this.#end(event)
        },
      },
    )
    const ports = portsFor(storageHere(), 'default', socket, undefined)
    const url = relayUrl(this.serverUrl.replace(/\/y$/, ''))
    const token = (): string => this.params['token'] ?? ''
    const options = { url, user, token, maxWaitMs: () => this.maxBackoffTime }
    return new Connection(ports, options, () => ports.storage.close())
  }

  /** What else the app's own servers may look for in the address. */
  #query(): string {
    const { token: _, user: __, ...others } = this.params
    const query = encodeQueryParams(others)
    return query === '' ? '' : `?${query}`
  }

  #made(socket: WebSocket): void {
    // The one before it was given up, and has not said so yet.
    if (this.ws !== null) this.#end(null)
    this.ws = socket
    this.wsconnecting = true
    this.wsconnected = false
    this.synced = false
    if (!this.#isAnnounced) this.emit('status', [{ status: 'connecting' }])
    this.#isAnnounced = false
  }

  #opened(socket: WebSocket): void {
    if (socket !== this.ws) return
    this.wsLastMessageReceived = Date.now()
    this.wsconnecting = false
    this.wsconnected = true
    this.emit('status', [{ status: 'connected' }])
  }

  /** `event`: null where this end closed it. */
  #end(event: CloseEvent | null): void {
    this.emit('connection-close', [event, this])
    this.ws = null
    this.wsconnecting = false
    if (this.wsconnected) {
      this.wsconnected = false
      this.synced = false
      const others = [...this.awareness.getStates().keys()]
      forgetStates(
        this.awareness,
        others.filter((id) => id !== this.awareness.clientID),
        this,
      )
      this.emit('status', [{ status: 'disconnected' }])
    }
    this.wsUnsuccessfulReconnects++
    if (event === null) return
    if (this.shouldReconnect(event, this)) return this.#goOn(event)
    this.shouldConnect = false
    this.#connection.pause()
    this.emit('closed', [{ code: event.code, reason: event.reason }, this])
  }

  /** A refusal ends the room's own attempts, and the app may want them to go on: with another token, for instance. */
  #goOn({ code }: CloseEvent): void {
    if (!isFinal(code)) return
    const waitMs = Math.min(2 ** this.wsUnsuccessfulReconnects * 100, this.maxBackoffTime)
    this.#retry = setTimeout(() => {
      if (this.shouldConnect && this.ws === null) this.connect()
    }, waitMs)
  }

  #look({ connection }: Status): void {
    if (connection === 'live' && this.wsconnected) this.synced = true
  }
}
