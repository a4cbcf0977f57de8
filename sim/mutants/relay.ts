// The relay's side: what it says is on disk, in which order, and to whom.

import { edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const SEQUENCER = 'protocol/room-sequencer.ts'
const WRITER = 'relay/room-writer.ts'
const COMMITS = 'relay/commit-group.ts'

const FAILED_ROOMS = `for (const room of rooms) this.#guard(room, () => room.failed('cannot-store'))`
const COMPARE_HASHES = `    if (known !== undefined && known.hash !== hash) {
      effects.push({ type: 'forked', from, seq })
      return false
    }
`

export const forksAcked = edit(SEQUENCER, COMPARE_HASHES, '')

export const hashUnchecked = edit(
  SEQUENCER,
  'if (hashEntry(entry.bytes) !== entry.hash) {',
  'if (entry.bytes.length === 0) {',
)

export const RELAY_MUTANTS: readonly Mutant[] = [
  fast(
    'ack-when-taken',
    'S3',
    'an entry is acked when it is taken, not when it is durable',
    edit(
      SEQUENCER,
      '    this.#enqueue(input, seq, entry, verdict, [from])\n    return true\n',
      `    this.#enqueue(input, seq, entry, verdict, [from])
    effects.push({ type: 'acked', from, through: seq })
    return true
`,
    ),
  ),
  fast(
    'publish-before-commit',
    'S3',
    'a batch is sent to everybody when its commit begins',
    edit(
      WRITER,
      '    this.#next = { room: this.log.room, expectHead, head, bytes, term: this.#parts.term }\n',
      `    this.#next = { room: this.log.room, expectHead, head, bytes, term: this.#parts.term }
    const frame = encodeFrame({ type: 'records', room: this.#room.number, batches: [bytes] })
    for (const seat of this.#room.seats) {
      if (seat.phase === 'live') seat.link.sendEncoded('records', frame)
    }
`,
    ),
  ),
  fast(
    'commit-not-awaited',
    'S3',
    'a commit counts as done when the store was asked for it',
    edit(
      COMMITS,
      '    return this.#store.append(appends)\n',
      `    void this.#store.append(appends).catch(() => {})
    return appends.map(() => ({ ok: true }))
`,
    ),
  ),
  fast(
    'failed-commit-acked',
    'S11',
    'a commit that the store could not make counts as made',
    edit(
      COMMITS,
      FAILED_ROOMS,
      'for (const room of rooms) this.#guard(room, () => room.committed())',
    ),
  ),
  fast(
    'full-disk-acked',
    'S11',
    'a commit for which there was no space counts as made',
    edit(
      COMMITS,
      FAILED_ROOMS,
      `const isFull = error instanceof StoreError && error.code === 'disk-full'
    for (const room of rooms) {
      this.#guard(room, () => (isFull ? room.committed() : room.failed('cannot-store')))
    }`,
    ),
  ),
  fast(
    'failed-commit-keeps-its-marks',
    'S11',
    'a room goes on after a failed commit with marks that include what was lost',
    edit(
      SEQUENCER,
      `        this.#isFallen = true
        return [{ type: 'fallen' }]
`,
      `        this.#flight = undefined
        return []
`,
    ),
    edit(WRITER, '    this.#room.fallBack(why)\n', ''),
  ),
  fast(
    'no-dedupe',
    'S2',
    'an entry that comes again is taken again',
    edit(
      SEQUENCER,
      '    if (seq <= pending) return this.#takeAgain(from, author, seq, entry.hash, effects)\n',
      '',
    ),
  ),
  fast(
    'duplicate-acked-at-once',
    'S2',
    'an entry that comes again is acked although it is not durable yet',
    edit(
      SEQUENCER,
      '      if (!taken.askers.includes(from)) taken.askers.push(from)\n',
      `      effects.push({ type: 'acked', from, through: seq })
`,
    ),
  ),
  fast(
    'opened-says-pending',
    'S4',
    'opened gives a mark that a crash can take back',
    edit(
      SEQUENCER,
      'return mark.user === user ? mark.durable : undefined',
      'return mark.user === user ? mark.pending : undefined',
    ),
  ),
  fast(
    'ack-one-too-far',
    'S3',
    'an ack goes one seq too far',
    edit(SEQUENCER, '        acks.set(from, seq)\n', '        acks.set(from, seq + 1)\n'),
  ),
  fast(
    'ack-to-another-connection',
    'S3',
    'an ack goes to whoever wrote first in the room',
    edit(
      WRITER,
      `    const producer = this.#producers.get(writer)
    if (producer === undefined) return
    const { seat, handle } = producer
`,
      `    const [producer] = this.#producers.values()
    if (producer === undefined) return
    const { seat, handle } = producer
`,
    ),
  ),
  fast(
    'gap-taken',
    'S5',
    'an entry beyond the mark is taken all the same',
    edit(SEQUENCER, 'if (seq > pending + 1) {', 'if (mark === undefined && seq > pending + 1) {'),
  ),
  fast(
    'marks-lost-on-reload',
    'S7',
    'a room that is loaded anew knows nobody',
    edit(
      SEQUENCER,
      `      if (seq !== (mark?.durable ?? 0) + 1) {
        return \`offset \${record.offset} holds seq \${seq} of an author whose mark is \${mark?.durable ?? 0}\`
      }
      this.#markOf(author, user).replayed(seq)
`,
      '',
    ),
  ),
  fast(
    'marks-lost-at-checkpoint',
    'S7',
    'a room that is loaded from a checkpoint knows only who wrote behind it',
    edit(
      SEQUENCER,
      `    for (const { author, user, seq } of state.marks) {
      this.#marks.set(author, new AuthorMark(user, seq))
    }
`,
      '',
    ),
    edit(
      SEQUENCER,
      '      if (seq !== (mark?.durable ?? 0) + 1) {\n',
      '      if (mark !== undefined && seq !== mark.durable + 1) {\n',
    ),
  ),
  fast(
    'checkpoint-has-pending-marks',
    'S7',
    'a checkpoint vouches for marks that are not durable',
    edit(
      SEQUENCER,
      'marks: marks.map(([author, { user, durable }]) => ({ author, user, seq: durable })),',
      'marks: marks.map(([author, { user, pending }]) => ({ author, user, seq: pending })),',
    ),
  ),
  fast(
    'damaged-log-cut-short',
    'S7',
    'a log is served up to its damage, and what comes is written over the rest',
    edit(
      'relay/room-load.ts',
      `    const batches = await store.read(room, sequencer.head, context.limits.maxPageBytes)
    if (batches.length === 0) throw new RoomDamaged(\`nothing is stored behind \${sequencer.head}\`)
`,
      `    const size = context.limits.maxPageBytes
    const batches = await store.read(room, sequencer.head, size).catch(() => [])
    if (batches.length === 0) return snapshot
`,
    ),
    edit(
      'relay/stores/judge.ts',
      "  if (asked.expectHead !== head) return { ok: false, code: 'wrong-head', head, term }\n",
      '',
    ),
  ),
  fast(
    'corrupt-entry-taken',
    'W10',
    "neither an entry's hash nor a frame's checksum is compared",
    hashUnchecked,
    edit(
      'protocol/codec.ts',
      'if (isSealed(input)) return readFrame(input.subarray(0, -CHECKSUM_BYTES))',
      'if (input.length > CHECKSUM_BYTES) return readFrame(input.subarray(0, -CHECKSUM_BYTES))',
    ),
  ),
  fast(
    'frames-before-the-room-lost',
    'C2',
    'what comes before the room is loaded is dropped',
    edit('relay/seat.ts', '    this.#held.push(run)\n', ''),
  ),
  fast(
    'read-only-may-write',
    'W18',
    'who may only read can open a producer',
    edit(
      'relay/producers.ts',
      "const code = why() ?? (seat.mayWrite ? undefined : 'read-only')",
      'const code = why()',
    ),
  ),
  fast(
    'seal-unchecked',
    'K3',
    'a seal is counted and not looked at',
    edit(
      'relay/seal-checks.ts',
      'return this.#parts.verify(key, sealedBytes({ room, author, seq, user, bytes }), seal)',
      'return seal.length + sealedBytes({ room, author, seq, user, bytes }).length > key.length',
    ),
  ),
  fast(
    'undecided-is-refused',
    'W18',
    'a relay that cannot tell whether somebody may enter refuses for good',
    edit(
      'relay/client.ts',
      "this.part(seat, 'overloaded', retryAfterMs, 'The relay cannot tell now whether you may enter.')",
      "this.part(seat, 'forbidden', retryAfterMs, 'The relay cannot tell now whether you may enter.')",
    ),
  ),
]
