/**
 * The process that is recorded: `load.ts STORE-FOLDER SEED TURNS`. It opens a store, asks for operations turn by turn, and
 * writes down in the file `marks` what it is about to ask and what has resolved, each line before anything else happens.
 * Half-way it closes the store and opens it again.
 */
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { openLmdbStore } from '../../stores/lmdb-store.ts'
import type { Store } from '../../stores/store.ts'
import { Load, perform } from './operations.ts'
import type { Operation } from './operations.ts'

/** More than a commit takes up at once, so that there is always a next one waiting. */
const MAX_TURNS_IN_FLIGHT = 4

const [dir, seed, turns] = process.argv.slice(2)
if (dir === undefined || seed === undefined || turns === undefined) {
  throw new Error('usage: load.ts STORE-FOLDER SEED TURNS')
}

const marks = openSync(join(dir, '..', 'marks'), 'w')
const mark = (line: object): void => void writeSync(marks, `${JSON.stringify(line)}\n`)

const ask = async (store: Store, operation: Operation): Promise<void> => {
  mark({ asked: operation })
  await perform(store, operation)
  mark({ acked: operation.n })
}

const run = async (load: Load, turnCount: number): Promise<void> => {
  const store = await openLmdbStore(dir)
  const inFlight = new Set<Promise<unknown>>()
  for (let turn = 0; turn < turnCount; turn++) {
    const operations = Promise.all(load.nextTurn().map((operation) => ask(store, operation)))
    const settled = operations.then(() => inFlight.delete(settled))
    inFlight.add(settled)
    // The relay's turns, too, are as long as they are: some end while a commit is under way, some wait for it.
    if (inFlight.size >= MAX_TURNS_IN_FLIGHT || turn % 3 === 0) await Promise.race(inFlight)
    else await setImmediate()
  }
  await Promise.all(inFlight)
  await store.close()
}

const load = new Load(Number(seed))
const half = Math.floor(Number(turns) / 2)
await run(load, half)
await run(load, Number(turns) - half)
