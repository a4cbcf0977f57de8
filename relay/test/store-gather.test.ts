/* Which rows of a file are right, where nobody knows which of its pages are in use. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Gathering } from '../stores/lmdb-gather.ts'
import type { FoundRow } from '../stores/lmdb-pages.ts'
import { batchRow, checkpointRow, tombstoneRow } from '../stores/lmdb-rows.ts'
import type { Row } from '../stores/lmdb-rows.ts'

const ROOM = 'room'
const batchOf = (head: number, text: string): Row =>
  batchRow({ room: ROOM, expectHead: head - 1, head, term: 0, bytes: Buffer.from(text) })

const gathered = (rows: readonly FoundRow[], last = Infinity) => {
  const gathering = new Gathering(last)
  for (const row of rows) gathering.take(row)
  const rooms = gathering.rooms()
  return { rooms, wanted: rows.filter((row) => gathering.isWanted(row)) }
}

const at = (transaction: number, { key, value }: Row): FoundRow => ({ key, value, transaction })

test('A7: rows are put together from the begin up to the first that is missing', () => {
  const rows = [3, 1, 2, 5].map((head) => at(head, batchOf(head, 'x')))
  const { rooms, wanted } = gathered(rows)
  assert.deepEqual(rooms, [{ room: ROOM, through: 3, seen: 5 }])
  assert.equal(wanted.length, 3)
})

test('A7: a row that stands in several pages is taken once, and a damaged copy of it not at all', () => {
  const row = batchOf(1, 'x')
  const damaged = { key: row.key, value: Buffer.concat([row.value, Buffer.from('y')]) }
  const { rooms, wanted } = gathered([at(9, damaged), at(1, row), at(4, row)])
  assert.deepEqual(rooms, [{ room: ROOM, through: 1, seen: 1 }])
  assert.deepEqual(wanted, [at(1, row)])
})

test('A7: of a commit that came to nothing the row of the one behind it wins; where nobody can tell, the log ends', () => {
  const later = gathered([
    at(1, batchOf(1, 'x')),
    at(2, batchOf(2, 'lost')),
    at(3, batchOf(2, 'won')),
  ])
  assert.deepEqual(later.rooms, [{ room: ROOM, through: 2, seen: 2 }])
  assert.equal(later.wanted[1]!.transaction, 3)
  const same = gathered([
    at(1, batchOf(1, 'x')),
    at(2, batchOf(2, 'lost')),
    at(2, batchOf(2, 'won')),
  ])
  assert.deepEqual(same.rooms, [{ room: ROOM, through: 1, seen: 2 }])
})

test('A7: pages of a transaction that was never committed are not read', () => {
  const { rooms } = gathered([at(1, batchOf(1, 'x')), at(3, batchOf(2, 'x'))], 2)
  assert.deepEqual(rooms, [{ room: ROOM, through: 1, seen: 1 }])
})

test('A7: the latest checkpoint is kept, unless it is beyond what is left of the log', () => {
  const log = [1, 2, 3].map((head) => at(1, batchOf(head, 'x')))
  const older = at(2, checkpointRow(ROOM, { through: 1, bytes: Buffer.from('a') }))
  const newer = at(3, checkpointRow(ROOM, { through: 3, bytes: Buffer.from('b') }))
  assert.ok(gathered([newer, older, ...log]).wanted.includes(newer))
  const cut = gathered([older, newer, ...log.slice(0, 2)]).wanted
  assert.deepEqual([cut.includes(older), cut.includes(newer)], [false, false])
})

test('A7: what was deleted stays deleted, also where a longer log of before is still in the file', () => {
  const old = [1, 2, 3, 4].map((head) => at(head, batchOf(head, 'old')))
  const tombstone = at(5, tombstoneRow(ROOM, 1, Buffer.from('epoch')))
  const fresh = at(6, batchOf(1, 'new'))
  const { rooms, wanted } = gathered([...old, tombstone, fresh])
  assert.deepEqual(rooms, [{ room: ROOM, through: 1, seen: 1 }])
  assert.deepEqual(wanted, [tombstone, fresh])
})

type Step = {
  readonly type: 'append' | 'abort' | 'delete'
  readonly copies: number
  readonly lose: number
}
const steps = fc.array(
  fc.record({
    type: fc.constantFrom<Step['type']>('append', 'append', 'append', 'abort', 'delete'),
    copies: fc.nat(3),
    lose: fc.nat(9),
  }),
  { maxLength: 40 },
)

test('A7: whatever pages are lost or left over, what comes out is the begin of the log as it was last', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 100 }), (history, lossPercent) => {
      const pages: FoundRow[][] = []
      let [log, transaction, term]: [Row[], number, number] = [[], 0, 0]
      let tombstone: Row | undefined
      for (const { type, copies } of history) {
        transaction++
        if (type === 'delete') {
          log = []
          tombstone = tombstoneRow(ROOM, ++term, Buffer.from('epoch'))
        } else {
          const row = batchOf(log.length + 1, `${type} ${transaction}`)
          // A page of a commit that came to nothing; the next one has the next number, or the same.
          if (type === 'abort') {
            pages.push([...log, row].map((each) => at(transaction, each)))
            continue
          }
          log = [...log, row]
        }
        const live = [...(tombstone === undefined ? [] : [tombstone]), ...log]
        for (let copy = 0; copy <= copies; copy++)
          pages.push(live.map((row) => at(transaction, row)))
      }
      const found = pages
        .filter((_, n) => (n * 37 + history.length * 11) % 100 >= lossPercent)
        .flat()
      const { rooms, wanted } = gathered(found, transaction)
      const batches = wanted.filter(({ key }) => key[0] === 0x10)
      assert.equal(batches.length, rooms[0]?.through ?? 0)
      const aborted = new Set(pages.flat().map(({ value }) => value.toString('latin1')))
      batches
        .toSorted((a, b) => Buffer.compare(a.key, b.key))
        .forEach(({ value }, n) => {
          const right = log[n]?.value.toString('latin1')
          // Behind the log's end there may be one that was tried and not committed: nobody was told of it, and it harms nobody.
          if (right === undefined) assert.ok(aborted.has(value.toString('latin1')))
          else if (lossPercent === 0) assert.equal(value.toString('latin1'), right)
        })
      if (lossPercent === 0) assert.ok(batches.length >= log.length)
    }),
    { numRuns: 300 },
  )
})
