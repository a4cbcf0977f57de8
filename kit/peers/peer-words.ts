/*
 * What one page tells another so that the two find a way to each other. A browser describes itself in some hundred lines of SDP, made for calls with
 * sound and pictures. Of these a direct link needs six things, which fit into one signal; and since the SDP that a browser is given is made
 * anew of these six, nobody can have it do anything but open one data channel.
 */

/** R9: a browser tries each of them, and who names them chooses where its packets go. */
export const MAX_CANDIDATES = 24
/** R9: a signal has 4096 bytes, and who it is for, and that it is JSON, needs some of them. The longest words that are well formed have some 3500. */
export const MAX_WORDS_BYTES = 3600
const VERSION = '1'

export type WordsKind = 'offer' | 'answer'

type Candidate = {
  readonly foundation: string
  readonly priority: number
  readonly address: string
  readonly port: string
  readonly type: string
}

const CANDIDATE =
  /^a=candidate:([\w+/]{1,32}) 1 udp (\d{1,10}) ([\w.:-]{1,64}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: |$)/i
const HEAD = /^1 ([\w+/-]{4,256}) ([\w+/-]{22,256}) ([\dA-F]{64}) (actpass|active|passive)$/
const LINE = /^([\w+/]{1,32}) (\d{1,10}) ([\w.:-]{1,64}) (\d{1,5}) (host|srflx|prflx|relay)$/

/**
 * The words for an SDP of this browser's: at most 3600 bytes, all ASCII. The candidates that this browser likes least are left out where there are too many. Undefined
 * where it is no SDP for one data channel, or where no packet may go but by TURN and there is no way by it.
 */
export const wordsOf = (sdp: string, isRelayedOnly: boolean): string | undefined => {
  const lines = sdp.split(/\r?\n/)
  const valueOf = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3)
  const fingerprint = valueOf('fingerprint')?.match(/^sha-256 (.*)$/i)?.[1] ?? ''
  const head = [
    VERSION,
    valueOf('ice-ufrag'),
    valueOf('ice-pwd'),
    fingerprint.replaceAll(':', '').toUpperCase(),
    valueOf('setup'),
  ].join(' ')
  if (!HEAD.test(head) || valueOf('mid') !== '0') return undefined
  const candidates = lines
    .flatMap((line) => candidateIn(line, CANDIDATE))
    // The browser was told to have no others: that none gets out does not rest on that alone.
    .filter(({ type }) => !isRelayedOnly || type === 'relay')
    .toSorted((one, other) => other.priority - one.priority)
  if (isRelayedOnly && candidates.length === 0) return undefined
  const told = candidates.slice(0, MAX_CANDIDATES)
  return [
    head,
    ...told.map(({ foundation, priority, address, port, type }) => {
      return [foundation, priority, address, port, type].join(' ')
    }),
  ].join('\n')
}

/** The SDP for anybody's words; undefined where they are none of a page of ours. */
export const sdpOf = (kind: WordsKind, words: string): string | undefined => {
  if (words.length > MAX_WORDS_BYTES) return undefined
  const [head = '', ...lines] = words.split('\n')
  const [, ufrag, password, fingerprint, setup] = HEAD.exec(head) ?? []
  const candidates = lines.flatMap((line) => candidateIn(line, LINE))
  const isWhole = candidates.length === lines.length && lines.length <= MAX_CANDIDATES
  if (fingerprint === undefined || !isWhole || (setup === 'actpass') !== (kind === 'offer'))
    return undefined
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates.map(candidateLine),
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${fingerprint.match(/../g)?.join(':')}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    // No page of ours sends a longer one (PEER_CHUNK_BYTES), and no browser takes less.
    'a=max-message-size:65536',
    '',
  ].join('\r\n')
}

const candidateIn = (line: string, pattern: RegExp): readonly Candidate[] => {
  const [, foundation, priority, address, port, type] = pattern.exec(line) ?? []
  if (foundation === undefined || address === undefined || port === undefined || !type) return []
  return [{ foundation, priority: Number(priority), address, port, type: type.toLowerCase() }]
}

const candidateLine = ({ foundation, priority, address, port, type }: Candidate): string => {
  // Some browsers take no candidate without one that is not of the device itself.
  const origin = type === 'host' ? '' : ' raddr 0.0.0.0 rport 0'
  return `a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ ${type}${origin}`
}
