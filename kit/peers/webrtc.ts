import { PeerJoiner } from '../../protocol/index.ts'
import type { PeerConnectionLike } from '../api.ts'
import type { PeerCall, PeerCallEvents, PeerServers, Peers } from '../ports.ts'
import { ChannelQueue } from './channel-queue.ts'
import { sdpOf, wordsOf } from './peer-words.ts'
import type { WordsKind } from './peer-words.ts'

/** R9: a server that does not answer must not keep the others' candidates waiting. */
const GATHER_MS = 2000

/** Direct links over any class like the browser's RTCPeerConnection. */
export const webRtcPeers = (given: PeerConnectionLike): Peers => {
  const Connection = given as typeof RTCPeerConnection
  return {
    call: (servers, events) => new WebRtcCall(Connection, servers, events).begin('offer'),
    answer: (servers, text, events) =>
      new WebRtcCall(Connection, servers, events).begin('answer', text),
  }
}

/** One RTCPeerConnection with one data channel, from the attempt to its end. */
class WebRtcCall implements PeerCall {
  readonly #events: PeerCallEvents
  readonly #isRelayedOnly: boolean
  readonly #joiner = new PeerJoiner()
  #connection: RTCPeerConnection | undefined
  #channel: RTCDataChannel | undefined
  #queue: ChannelQueue | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAnswered = false
  #isOver = false

  constructor(Connection: typeof RTCPeerConnection, servers: PeerServers, events: PeerCallEvents) {
    this.#events = events
    this.#isRelayedOnly = servers.isRelayedOnly ?? false
    try {
      this.#connection = new Connection(configurationOf(servers))
      this.#watch(this.#connection)
    } catch {
      // Too many of them, or forbidden here. It counts as an attempt that came to nothing.
      this.#over(false)
    }
  }

  begin(kind: WordsKind, text?: string): this {
    void this.#describe(kind, text).catch(() => this.#over(false))
    return this
  }

  answered(text: string): void {
    // Twice is what a relay's word may come, and once is what a browser bears.
    if (this.#isAnswered) return
    this.#isAnswered = true
    const sdp = sdpOf('answer', text)
    if (sdp === undefined) return this.#over(true)
    // What reads well may still be refused: a browser of another kind, and nobody's fault.
    this.#connection?.setRemoteDescription({ type: 'answer', sdp }).catch(() => this.#over(false))
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isOver || this.#channel?.readyState !== 'open') return false
    if (this.#queue?.send(bytes) === true) return true
    this.#over(false)
    return false
  }

  close(): void {
    this.#over(false)
  }

  #watch(connection: RTCPeerConnection): void {
    // Both ends know of the channel: nothing is told of it, and nobody can name it otherwise.
    const channel = connection.createDataChannel('holdfast', { negotiated: true, id: 0 })
    channel.binaryType = 'arraybuffer'
    this.#channel = channel
    this.#queue = new ChannelQueue(channel, () => this.#over(false))
    channel.onopen = () => {
      if (!this.#isOver) this.#events.opened()
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => this.#take(data)
    channel.onclose = () => this.#over(false)
    // R10: no page of ours opens a second one.
    connection.ondatachannel = () => this.#over(true)
    connection.onconnectionstatechange = () => {
      const { connectionState: state } = connection
      // `disconnected` may pass; where it does not R2 ends the link.
      if (state === 'failed' || state === 'closed') this.#over(false)
    }
  }

  async #describe(kind: WordsKind, text: string | undefined): Promise<void> {
    const connection = this.#connection
    if (this.#isOver || connection === undefined) return
    if (text !== undefined) {
      const sdp = sdpOf('offer', text)
      if (sdp === undefined) return this.#over(true)
      await connection.setRemoteDescription({ type: 'offer', sdp })
    }
    const description =
      kind === 'offer' ? await connection.createOffer() : await connection.createAnswer()
    await connection.setLocalDescription(description)
    await this.#gathered(connection)
    if (this.#isOver) return
    const words = wordsOf(connection.localDescription?.sdp ?? '', this.#isRelayedOnly)
    if (words === undefined) this.#over(false)
    else this.#events.described(words)
  }

  /** All ways that this browser found: they are told in one signal, as a second one might not come through. */
  #gathered(connection: RTCPeerConnection): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (connection.iceGatheringState === 'complete') resolve()
      }
      connection.onicegatheringstatechange = look
      this.#timer = setTimeout(resolve, GATHER_MS)
      look()
    })
  }

  #take(data: unknown): void {
    if (this.#isOver) return
    const frame =
      data instanceof ArrayBuffer ? this.#joiner.take(new Uint8Array(data)) : 'malformed'
    if (frame === 'more') return this.#events.part()
    if (typeof frame === 'string') this.#over(true)
    else this.#events.message(frame)
  }

  #over(isOffence: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#queue?.clear()
    const [connection, channel] = [this.#connection, this.#channel]
    if (channel !== undefined) channel.onopen = channel.onmessage = channel.onclose = null
    if (connection !== undefined) {
      connection.ondatachannel = null
      connection.onconnectionstatechange = connection.onicegatheringstatechange = null
      // It takes the channel along, and the other page hears of it.
      connection.close()
    }
    // Never from within the call.
    queueMicrotask(() => this.#events.closed(isOffence))
  }
}

const configurationOf = ({ iceServers = [], isRelayedOnly }: PeerServers): RTCConfiguration => ({
  iceServers: iceServers.map(({ urls, ...rest }) => {
    return { ...rest, urls: typeof urls === 'string' ? urls : [...urls] }
  }),
  iceTransportPolicy: isRelayedOnly === true ? 'relay' : 'all',
})
