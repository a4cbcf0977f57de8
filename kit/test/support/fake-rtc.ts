/** As much of RTCPeerConnection as the adapter uses, in memory: who is answered with whose description is linked with it. */

const SDP_HEAD = [
  'v=0',
  'o=- 4611686018427387904 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
]
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':')
export const HOST =
  'candidate:1 1 udp 2113937151 6b5c9a2e-0c0d-4c33-9f3e-2f1d0a4b5c6d.local 50001 typ host'

let lastName = 0
const byUfrag = new Map<string, FakeRtc>()
const later = (work: () => void): void => void setTimeout(work, 0)

export class FakeChannel extends EventTarget {
  binaryType = 'blob'
  readyState = 'connecting'
  bufferedAmountLowThreshold = 0
  /** What is taken and not yet on its way: without `isStuck` it is gone at once. */
  bufferedAmount = 0
  isStuck = false
  readonly sent: Uint8Array[] = []
  other: FakeChannel | undefined
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onbufferedamountlow: (() => void) | null = null

  open(other: FakeChannel): void {
    this.other = other
    this.readyState = 'open'
    this.onopen?.()
  }

  send(bytes: Uint8Array): void {
    if (this.readyState !== 'open') throw new Error('The channel is not open.')
    this.sent.push(bytes)
    if (this.isStuck) this.bufferedAmount += bytes.length
    const copy = bytes.slice().buffer
    later(() => this.other?.hear(copy))
  }

  hear(data: unknown): void {
    if (this.readyState === 'open') this.onmessage?.({ data })
  }

  /** The wire took all that waited. */
  drain(): void {
    this.bufferedAmount = 0
    this.onbufferedamountlow?.()
  }

  close(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    later(() => this.onclose?.())
  }
}

export class FakeRtc {
  /** All that were made, for tests that look at what is left. */
  static made: FakeRtc[] = []
  static candidates: readonly string[] = [HOST]
  /** Whether the browser ever says that it knows all its ways. */
  static isGathering = false
  readonly configuration: RTCConfiguration
  readonly channel = new FakeChannel()
  readonly ufrag = `ufrag${++lastName}`
  channelOptions: RTCDataChannelInit | undefined
  iceGatheringState = 'new'
  connectionState = 'new'
  localDescription: { type: string; sdp: string } | null = null
  remoteSdp: string | undefined
  isClosed = false
  onconnectionstatechange: (() => void) | null = null
  onicegatheringstatechange: (() => void) | null = null
  ondatachannel: (() => void) | null = null

  constructor(configuration: object = {}) {
    this.configuration = configuration
    FakeRtc.made.push(this)
    byUfrag.set(this.ufrag, this)
  }

  createDataChannel(_label: string, options: RTCDataChannelInit): FakeChannel {
    this.channelOptions = options
    return this.channel
  }

  async createOffer(): Promise<object> {
    return { type: 'offer' }
  }

  async createAnswer(): Promise<object> {
    return { type: 'answer' }
  }

  async setLocalDescription({ type }: { type: string }): Promise<void> {
    const lines = [
      ...SDP_HEAD,
      ...FakeRtc.candidates.map((line) => `a=${line} generation 0 network-id 1 network-cost 10`),
      `a=ice-ufrag:${this.ufrag}`,
      'a=ice-pwd:s3cretS3cretS3cretS3cret',
      'a=ice-options:trickle',
      `a=fingerprint:sha-256 ${FINGERPRINT}`,
      `a=setup:${type === 'offer' ? 'actpass' : 'active'}`,
      'a=mid:0',
      'a=sctp-port:5000',
      'a=max-message-size:262144',
      '',
    ]
    this.localDescription = { type, sdp: lines.join('\r\n') }
    this.iceGatheringState = 'gathering'
    if (FakeRtc.isGathering) return
    later(() => {
      this.iceGatheringState = 'complete'
      this.onicegatheringstatechange?.()
    })
  }

  async setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
    this.remoteSdp = sdp
    if (type !== 'answer') return
    const other = byUfrag.get(/a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '')
    if (other === undefined) throw new Error('Nobody has described itself so.')
    later(() => {
      this.channel.open(other.channel)
      other.channel.open(this.channel)
    })
  }

  fail(): void {
    this.connectionState = 'failed'
    this.onconnectionstatechange?.()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    const { other } = this.channel
    this.channel.readyState = 'closed'
    if (other !== undefined) later(() => other.close())
  }
}
