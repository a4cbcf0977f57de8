import { CLOSE_CODES, ClientSession, MAX_TOKEN_BYTES, toHex } from '../protocol/index.ts'
import type {
  Cursor,
  Millis,
  OutboxOptions,
  RoomEffect,
  RoomInput,
  RoomLink,
  RoomName,
  SessionEffect,
  SessionInput,
} from '../protocol/index.ts'
import type { Link, PageEvent, Ports } from './ports.ts'
import { callApp } from './watched.ts'
import type { WireWatch } from './wire-watch.ts'

/** What a room's owner is told. */
export type RoomSink = {
  readonly effect: (effect: RoomEffect) => void
  /** The machine has taken one input; its effects are done next. */
  readonly stepped?: (link: RoomLink) => void
  /** Something may have changed: called once after each input, when all its effects are done. */
  readonly changed: () => void
}

export type DriverOptions = {
  readonly url: string
  readonly user: string
  readonly token: (() => string | Promise<string>) | undefined
  readonly maxWaitMs?: (() => number) | undefined
}

/** The only loop: feeds the session machine with what the ports tell, and does what it asks for. */
export class Driver {
  readonly session: ClientSession
  readonly #ports: Ports
  readonly #options: DriverOptions
  readonly #wire: WireWatch
  readonly #sinks = new Map<RoomName, RoomSink>()
  readonly #unsubscribe: () => void
  /** Inputs that came while one was being handled: each is handled whole, in the order in which they came. */
  readonly #inbox: SessionInput[] = []
  #isHandling = false
  #link: { readonly generation: number; readonly link: Link } | undefined
  #cancelWake: (() => void) | undefined
  #wakeAt: Millis | undefined

  constructor(ports: Ports, options: DriverOptions, wire: WireWatch) {
    this.#ports = ports
    this.#options = options
    this.#wire = wire
    this.session = new ClientSession({
      session: toHex(ports.randomBytes(16)),
      user: options.user,
      isHidden: ports.page.isHidden,
      random: ports.random,
      pieceBytes: ports.pieceBytes,
      maxWaitMs: options.maxWaitMs,
    })
    this.#unsubscribe = ports.page.subscribe((event) => this.#page(event))
  }

  open(
    room: RoomName,
    cursor: Cursor | undefined,
    outbox: OutboxOptions,
    sink: RoomSink,
  ): RoomLink {
    this.#sinks.set(room, sink)
    this.input({ type: 'open', room, cursor, outbox })
    const link = this.session.room(room)
    if (link === undefined) throw new Error('a room is opened from within an effect')
    return link
  }

  close(room: RoomName): void {
    this.#sinks.delete(room)
    this.input({ type: 'close', room })
  }

  tell(room: RoomName, input: RoomInput): void {
    this.input({ type: 'room', room, input })
  }

  /** No room will be opened here any more. */
  dispose(): void {
    this.#unsubscribe()
    this.#cancelWake?.()
  }

  input(input: SessionInput): void {
    this.#inbox.push(input)
    if (this.#isHandling) return
    this.#isHandling = true
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const effects = this.session.handle(next, this.#ports.clock.now())
        this.#stepped()
        for (const effect of effects) {
          // Each on its own: one that throws must not take those behind it along, a write to the disk perhaps.
          callApp(() => this.#do(effect))
        }
      }
    } finally {
      this.#isHandling = false
    }
    for (const sink of this.#sinks.values()) callApp(sink.changed)
    this.#setTimer()
  }

  /** W20: after each input, so that no state is passed over by the next. */
  #stepped(): void {
    const { session } = this
    this.#wire.session(session.phase.type, session.lastCause)
    for (const [room, sink] of this.#sinks) {
      const link = session.room(room)
      if (link !== undefined) sink.stepped?.(link)
    }
  }

  #do(effect: SessionEffect): void {
    switch (effect.type) {
      case 'askToken':
        return this.#askToken(effect.generation)
      case 'connect':
        return this.#connect(effect.generation)
      case 'send':
        if (this.#link?.generation !== effect.generation) return
        if (this.#link.link.send(effect.bytes)) this.#wire.frame('up', effect.bytes)
        return
      case 'disconnect':
        if (this.#link?.generation !== effect.generation) return
        this.#link.link.close(CLOSE_CODES[effect.reason], effect.reason)
        this.#link = undefined
        return
      case 'room':
        this.#sinks.get(effect.room)?.effect(effect.effect)
        return
    }
  }

  #askToken(generation: number): void {
    const failed = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error)
      this.input({ type: 'tokenFailed', generation, reason })
    }
    const { token } = this.#options
    void Promise.resolve()
      .then(() => (token === undefined ? '' : token()))
      .then(checkToken)
      .then((value) => this.input({ type: 'token', generation, token: value }), failed)
  }

  #connect(generation: number): void {
    const link = this.#ports.transport.connect(this.#options.url, {
      opened: () => this.input({ type: 'opened', generation }),
      message: (bytes) => {
        this.#wire.frame('down', bytes)
        this.input({ type: 'message', generation, bytes })
      },
      text: () => this.input({ type: 'text', generation }),
      closed: (code, reason) => this.input({ type: 'closed', generation, code, reason }),
    })
    this.#link = { generation, link }
  }

  #page(event: PageEvent): void {
    switch (event) {
      case 'online':
      case 'shown':
      case 'resumed':
        return this.input({ type: 'wake' })
      case 'visible':
        this.input({ type: 'visibility', isHidden: false })
        return this.input({ type: 'wake' })
      case 'hidden':
        return this.input({ type: 'visibility', isHidden: true })
      case 'offline':
      case 'leaving':
        return
    }
  }

  #setTimer(): void {
    const at = this.session.deadline()
    if (at === this.#wakeAt) return
    this.#cancelWake?.()
    this.#wakeAt = at
    this.#cancelWake = undefined
    if (at === undefined) return
    this.#cancelWake = this.#ports.clock.wake(at, () => {
      this.#wakeAt = undefined
      this.input({ type: 'time' })
    })
  }
}

/** A token that cannot travel is as good as none: the app hears why. */
const checkToken = (token: unknown): string => {
  if (typeof token !== 'string') throw new TypeError('token() must give a text')
  const { length } = new TextEncoder().encode(token)
  if (length <= MAX_TOKEN_BYTES) return token
  throw new RangeError(`a token has at most ${MAX_TOKEN_BYTES} bytes, and this one ${length}`)
}
