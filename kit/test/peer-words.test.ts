import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_CANDIDATES, MAX_WORDS_BYTES, sdpOf, wordsOf } from '../peers/peer-words.ts'

/** As Chromium writes it, with more candidates than anybody has. */
const sdpWith = (candidates: readonly string[], setup = 'actpass'): string =>
  [
    'v=0',
    'o=- 7595441938430472424 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates.map((line) => `a=candidate:${line} generation 0 network-id 1 network-cost 50`),
    'a=ice-ufrag:Ab/+',
    'a=ice-pwd:yA3eXlC9hTq9l4HkS2/+abcd',
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, at) => (at + 16).toString(16)).join(':')}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n')

const HOST = '1 1 udp 2113937151 192.168.1.7 50001 typ host'
const LOCAL = '2 1 udp 2113939711 0f3c2f6e-6d0c-4d8a-8f84-2a8cf0d0c1aa.local 50002 typ host'
const SRFLX = '3 1 udp 1677729535 203.0.113.7 50003 typ srflx raddr 192.168.1.7 rport 50001'
const RELAY = '4 1 udp 33562367 198.51.100.9 50004 typ relay raddr 203.0.113.7 rport 50003'
const TCP = '5 1 tcp 1518214911 192.168.1.7 9 typ host tcptype active'

test('R9: an offer and an answer are told in few words, and the SDP made anew of them has what a link needs and nothing else', () => {
  const words = wordsOf(sdpWith([HOST, LOCAL, SRFLX, RELAY, TCP]), false)!
  assert.ok(words.length < 500, `${words.length} bytes`)
  assert.ok(!words.includes('raddr'), 'where a way begins is nobody’s business')
  const sdp = sdpOf('offer', words)!
  assert.deepEqual(sdp.match(/candidate:.*/g), [
    'candidate:2 1 udp 2113939711 0f3c2f6e-6d0c-4d8a-8f84-2a8cf0d0c1aa.local 50002 typ host',
    'candidate:1 1 udp 2113937151 192.168.1.7 50001 typ host',
    'candidate:3 1 udp 1677729535 203.0.113.7 50003 typ srflx raddr 0.0.0.0 rport 0',
    'candidate:4 1 udp 33562367 198.51.100.9 50004 typ relay raddr 0.0.0.0 rport 0',
  ])
  for (const line of ['ice-ufrag:Ab/+', 'ice-pwd:yA3eXlC9hTq9l4HkS2/+abcd', 'setup:actpass'])
    assert.ok(sdp.includes(`a=${line}\r\n`))
  assert.match(sdp, /a=fingerprint:sha-256 10:11:12:.*:2F\r\n/)
  assert.equal(sdp.match(/^m=/gm)?.length, 1)
  const answer = wordsOf(sdpWith([HOST], 'active'), false)!
  assert.match(sdpOf('answer', answer)!, /a=setup:active/)
  assert.equal(sdpOf('answer', words), undefined, 'an offer is no answer')
  assert.equal(sdpOf('offer', answer), undefined)
})

test('R9: with however many candidates the words fit into one signal, and the ways that the browser likes best are in them', () => {
  const many = Array.from({ length: 200 }, (_, at) => {
    return `${at} 1 udp ${2113937151 - at} 2001:db8:85a3:1234:5678:8a2e:370:${(4096 + at).toString(16)} 50001 typ host`
  })
  const words = wordsOf(sdpWith([...many].toReversed()), false)!
  assert.ok(new TextEncoder().encode(words).length <= MAX_WORDS_BYTES)
  assert.equal(words.split('\n').length - 1, MAX_CANDIDATES)
  assert.ok(words.includes('\n0 2113937151 '))
  const long = Array.from({ length: 24 }, (_, at) => {
    return `${'f'.repeat(32)} 1 udp ${2113937151 - at} ${'a'.repeat(58)}.local 50001 typ host`
  })
  const full = wordsOf(sdpWith(long), false)!
  assert.ok(full.length <= MAX_WORDS_BYTES, `${full.length} bytes`)
  assert.ok(sdpOf('offer', full) !== undefined)
})

test('R11: where all is to go by TURN no word names an address of this device, and without TURN there are no words', () => {
  const words = wordsOf(sdpWith([HOST, LOCAL, SRFLX, RELAY]), true)!
  assert.match(words, /198\.51\.100\.9/)
  assert.doesNotMatch(words, /192\.168|203\.0\.113|\.local/)
  assert.equal(wordsOf(sdpWith([HOST, LOCAL, SRFLX]), true), undefined)
})

test('R9: whatever somebody tells, it is no SDP or one with these lines alone', () => {
  const good = wordsOf(sdpWith([HOST, SRFLX]), false)!
  const cases = [
    '',
    good.replace('1 ', '2 '),
    `${good}\n`,
    `${good}\nm=audio 9 UDP/TLS/RTP/SAVPF 111`,
    good.replace('Ab/+', 'Ab/+\r\na=x'),
    good.replace('192.168.1.7', '192.168.1.7\r'),
    good.replace('192.168.1.7', '192.168.1.7 1 typ host\r\nm=audio'),
    good.replace(' host', ' hos'),
    `${good}\n${Array.from({ length: 23 }, () => '1 1 10.0.0.1 1 host').join('\n')}`,
    good + ' '.repeat(MAX_WORDS_BYTES),
  ]
  for (const words of cases) assert.equal(sdpOf('offer', words), undefined, JSON.stringify(words))
  const LINES =
    /^(v=0|o=- 1 1 IN IP4 127\.0\.0\.1|s=-|t=0 0|m=application 9 UDP\/DTLS\/SCTP webrtc-datachannel|c=IN IP4 0\.0\.0\.0|a=(group|candidate|ice-ufrag|ice-pwd|fingerprint|setup|mid|sctp-port|max-message-size):[\w +/:.-]*|)$/
  const mutated = fc.tuple(fc.nat(good.length), fc.string({ unit: 'binary', maxLength: 12 }))
  fc.assert(
    fc.property(mutated, fc.nat(4), ([at, piece], cut) => {
      const sdp = sdpOf('offer', good.slice(0, at) + piece + good.slice(at + cut))
      for (const line of sdp?.split('\r\n') ?? []) assert.match(line, LINES)
    }),
    { numRuns: 2000 },
  )
})

test('R9: what is no description of one data channel has no words', () => {
  assert.equal(wordsOf('', false), undefined)
  assert.equal(wordsOf(sdpWith([HOST]).replace('a=mid:0', 'a=mid:data'), false), undefined)
  assert.equal(wordsOf(sdpWith([HOST]).replace('sha-256', 'sha-1'), false), undefined)
})
