import type { TestContext } from 'node:test'
import { createRelay } from '../../relay/index.ts'
import { MemoryStore } from '../../relay/stores/memory-store.ts'
import type { Target } from '../wire/open-member.ts'

/** What a relay says of itself on /metrics. */
export type Counted = (name: string) => Promise<number>

export type Scene = {
  readonly targets: Readonly<Record<'holdfast' | 'stock', Target>>
  readonly counted: Counted
}

/** A relay in this process: here only is counted, and nothing timed. */
export const scene = async (t: TestContext): Promise<Scene> => {
  // With a key of receipts, as every relay with a folder has.
  const receiptSecret = new Uint8Array(32).fill(7)
  const relay = createRelay({ port: 0, store: new MemoryStore(), receiptSecret })
  const { url } = await relay.listen()
  t.after(() => relay.close({ withinMs: 200 }))
  const counted: Counted = async (name) => {
    const text = await (await fetch(`${url}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }
  const server = 'holdfast'
  const targets = {
    holdfast: { url, server, dialect: 'holdfast' },
    stock: { url, server, dialect: 'stock' },
  } as const
  return { targets, counted }
}
