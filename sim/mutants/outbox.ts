// What a page owes the relay: keys, order, sending again, new keys. That a lower mark in `opened` takes back acks (S4) matters where a
// relay is restored between an ack and its record, and nothing is written behind it: too seldom for a run, held by protocol/test.

import { beatMarksLeftOut } from './catch-up.ts'
import { documents, edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'
import { forksAcked } from './relay.ts'

const OUTBOX = 'protocol/outbox.ts'
const PRODUCERS = 'protocol/producer-links.ts'
const SENDER = 'protocol/sender.ts'
const LOCAL_CHANGE = 'protocol/local-change.ts'

/** O1: who writes under an author that an earlier page had. */
const identityFromStorage = edit(
  'kit/outbox-options.ts',
  '    const proof = ports.randomBytes(SEED_BYTES)\n',
  "    const proof = new TextEncoder().encode(user.padEnd(SEED_BYTES, '-').slice(0, SEED_BYTES))\n",
)

export const OUTBOX_MUTANTS: readonly Mutant[] = [
  fast(
    'identity-from-storage',
    'O1',
    "a page goes on with the identity of its profile's earlier pages",
    identityFromStorage,
  ),
  fast(
    'forks-acked',
    'S2',
    'an identity is used again, and other bytes under a known key are acked',
    identityFromStorage,
    forksAcked,
  ),
  documents(
    'bytes-merged-after-keying',
    'O2',
    'an entry that is not acked yet takes in the next update, under its old key',
    edit(
      OUTBOX,
      '        const { kind, body, tag, origin, isApart = false, wallMs } = input\n',
      `        const { kind, body, tag, origin, isApart = false, wallMs } = input
        const last = [...this.#rows.values()].at(-1)
        const entry = last === undefined ? 'malformed-entry' : decodeEntry(last.row.bytes)
        if (kind === 'update' && last?.isOurs && !last.isAcked && entry.kind === 'update') {
          const [merged] = this.#options.merge([entry.body, body])
          const bytes = encodeEntry({ ...entry, body: merged })
          last.row = { ...last.row, bytes, hash: hashEntry(bytes) }
          this.#offDisk.add(last)
          return
        }
`,
    ),
    edit(
      OUTBOX,
      "import { decodeVoid, encodeEntry, recordHash } from './batch-codec.ts'",
      "import { decodeEntry, decodeVoid, encodeEntry, recordHash } from './batch-codec.ts'",
    ),
  ),
  fast(
    'bytes-changed-when-carried',
    'O2',
    'an entry of an earlier page is encoded anew under its old key',
    edit(
      OUTBOX,
      '      const held = newHeldRow(row, { tag: undefined, isOurs: false, heldSince: now })\n',
      `      const bytes = withOrigin(row)
      const anew = { ...row, bytes, hash: hashEntry(bytes) }
      const held = newHeldRow(anew, { tag: undefined, isOurs: false, heldSince: now })
`,
    ),
  ),
  fast(
    'only-newest-row-put',
    'O2',
    'a transaction carries the newest row alone',
    edit(
      OUTBOX,
      'Array.from(this.#offDisk, ({ row }) => row)',
      'Array.from(this.#offDisk, ({ row }) => row).slice(-1)',
    ),
  ),
  fast(
    'failed-rows-not-put-again',
    'O2',
    'rows of a failed transaction are taken for being on disk',
    edit(
      OUTBOX,
      '    this.#waiting.putBack(this.#flight)\n',
      `    this.#waiting.putBack(this.#flight)
    for (const { author, seq } of this.#flight.putRows) {
      const held = this.get(author, seq)
      if (held !== undefined) this.#offDisk.delete(held)
    }
`,
    ),
  ),
  fast(
    'stored-before-complete',
    'E5',
    'stored is said when the transaction begins',
    edit(
      OUTBOX,
      "    effects.push({ type: 'persist', change: this.#flight })\n",
      `    effects.push({ type: 'persist', change: this.#flight })
    for (const { tag } of this.#offDisk) {
      if (tag !== undefined) effects.push({ type: 'stored', tag })
    }
`,
    ),
  ),
  fast(
    'storage-loss-ignored',
    'O15',
    'rows count as on disk although the disk was cleared',
    edit(OUTBOX, '        for (const held of this.#rows.values()) this.#offDisk.add(held)\n', ''),
  ),
  fast(
    'row-never-deleted',
    'O4',
    'a row stays on disk when its record is in the log',
    edit(
      LOCAL_CHANGE,
      'if (!this.#isReadingAnew) return this.dropRow({ author, seq })',
      'if (!this.#isReadingAnew) return',
    ),
  ),
  fast(
    'row-dropped-before-its-batch',
    'O4',
    'a row leaves the disk one transaction before its batch comes there',
    edit(
      LOCAL_CHANGE,
      `      putBatches: this.#batches,
      forgetsLog: this.#forgetsLog,
    }
    this.#drops = new Map()
    this.#replaced = new Map()
    this.#rejected = []
    this.#batches = []
`,
      `      putBatches: this.#drops.size > 0 ? [] : this.#batches,
      forgetsLog: this.#forgetsLog,
    }
    this.#batches = this.#drops.size > 0 ? this.#batches : []
    this.#drops = new Map()
    this.#replaced = new Map()
    this.#rejected = []
`,
    ),
  ),
  fast(
    'row-dropped-at-its-ack',
    'O4',
    'a row leaves the outbox when it is acked, before its record has come',
    edit(
      PRODUCERS,
      'if (link.covered === undefined || link.covered.head > cursorOffset) return',
      'if (link.covered === undefined) return',
    ),
  ),
  fast(
    'outbox-dropped-when-parted',
    'O6',
    'what waits is forgotten when the relay is busy',
    edit(
      'protocol/room-link.ts',
      '    this.#producers.clear()\n    this.#giving.end()\n    this.#trouble = code\n',
      `    this.#producers.clear()
    this.#giving.end()
    for (const { row } of [...this.outbox.rows()]) {
      this.#tellOutbox({ type: 'covered', author: row.author, through: row.seq })
    }
    this.#trouble = code
`,
    ),
  ),
  fast(
    'gap-ignored',
    'O6',
    'a gap is not answered by sending again',
    edit(
      PRODUCERS,
      `        link.sentThrough = frame.through
        this.#ports.tell({ type: 'unacked', author, above: frame.through })
        this.#checkMark(link, frame.through)
        return
`,
      '        return\n',
    ),
  ),
  fast(
    'first-skipped-on-resend',
    'O6',
    'the first waiting entry is left out when a producer is opened, and beats do not say so',
    edit(
      'protocol/producer-link.ts',
      '  sentThrough: firstSeq - 1,\n',
      '  sentThrough: firstSeq,\n',
    ),
    beatMarksLeftOut,
  ),
  fast(
    'own-sent-before-adopted',
    'P2',
    "a page's own entries are sent before those that it adopted",
    edit(
      SENDER,
      '  for (const held of rows) {\n',
      `  const ownFirst = [...rows].sort((a, b) => Number(b.isOurs) - Number(a.isOurs))
  for (const held of ownFirst) {
`,
    ),
  ),
  fast(
    'rehome-into-same-producer',
    'O7',
    'entries get new keys of the producer that the relay does not take',
    edit(
      OUTBOX,
      `    if (this.#producer?.author === author) this.#producer = undefined
    if (moving.size === 0) return
    const current = this.#producer
    this.#producer = undefined
`,
      `    if (moving.size === 0) return
    const current = this.#producer
`,
    ),
  ),
  fast(
    'rehome-below-the-mark',
    'O7',
    'on a gap all entries of the producer get new keys, those that the relay has as well',
    edit(
      PRODUCERS,
      `        this.#ports.tell({ type: 'unacked', author, above: frame.through })
        this.#checkMark(link, frame.through)
`,
      `        this.#ports.tell({ type: 'unacked', author, above: frame.through })
        this.rehome(author, 0)
`,
    ),
  ),
  fast(
    'rehome-forgets-the-first-key',
    'E6',
    'an entry under a new key does not say its first one',
    edit(
      OUTBOX,
      'this.#hold(withOrigin(held.row), { ...held, order, wallMs }, effects)',
      'this.#hold(held.row.bytes, { ...held, order, wallMs }, effects)',
    ),
  ),
  fast(
    'unfillable-gap-waited-for',
    'O7',
    'a gap that no row fills gives nobody a new key',
    edit(
      PRODUCERS,
      'if (row.seq > through + 1 || isOutdated) this.rehome(author, through)',
      'if (isOutdated) this.rehome(author, through)',
    ),
  ),
]
