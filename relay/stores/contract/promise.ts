/** What the promises of the contract are made of. */
import assert from 'node:assert/strict'
import { StoreError } from '../store.ts'
import type { Append, AppendResult, Store, StoreErrorCode } from '../store.ts'

export type StoreUnderTest = {
  readonly store: Store
  /** Closes `store` and opens another one on the same disk. Without it durability is not tested. */
  readonly reopen?: () => Promise<Store>
  /** Makes the next commit fail. Without it failed commits are not tested. */
  readonly failNextCommit?: () => void
  /** Keeps commits from ending until the returned function is called. */
  readonly holdCommits?: () => () => void
  readonly dispose: () => Promise<void>
}

/** One test of the contract. */
export type StorePromise = {
  readonly title: string
  readonly check: (test: StoreUnderTest) => Promise<void>
}

export const TAKEN: AppendResult = { ok: true }
export const EVERYTHING: number = Number.MAX_SAFE_INTEGER

/** A batch whose bytes tell which one it is. */
export function batch(room: string, expectHead: number, head: number, term = 0): Append {
  return { room, expectHead, head, term, bytes: bytesOf(room, head) }
}

function bytesOf(room: string, head: number): Uint8Array {
  return new TextEncoder().encode(`${room} through ${head}`)
}

export async function expectLog(
  store: Store,
  room: string,
  heads: readonly number[],
): Promise<void> {
  const batches = await store.read(room, 0, EVERYTHING)
  assert.deepEqual(
    batches.map(({ head, bytes }) => [head, Buffer.from(bytes).toString()]),
    heads.map((head) => [head, Buffer.from(bytesOf(room, head)).toString()]),
  )
}

export async function headsOf(
  store: Store,
  room: string,
  after: number,
  maxBytes: number = EVERYTHING,
): Promise<number[]> {
  return (await store.read(room, after, maxBytes)).map(({ head }) => head)
}

export async function rejectsWith(code: StoreErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof StoreError && error.code === code)
}

/** Lets whatever is going to happen by itself happen: no timer is involved in a memory store. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
