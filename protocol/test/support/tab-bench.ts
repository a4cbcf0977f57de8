import { decodeUtf8 } from 'lib0/string'
import { authorOf } from '../../hash.ts'
import { LogReader } from '../../log-reader.ts'
import type { Author, Millis } from '../../ids.ts'
import type { OutboxRow } from '../../outbox-types.ts'
import { TabLink } from '../../tab-link.ts'
import type { TabBody, TabFrame, TabId, TabScope } from '../../tab-frame.ts'
import { TAB_VERSION, decodeTabFrame, encodeTabFrame } from '../../tab-frame.ts'
import type { TabEffect } from '../../tab-types.ts'
import { ROOM } from './entries.ts'
import { EPOCH, OutboxBench } from './outbox-bench.ts'

export const SCOPE = 'c'.repeat(32) as TabScope
export const tabNamed = (digit: string): TabId => digit.repeat(32)

/** One tab in virtual time: what it posts waits in {@link posted} until somebody hears it. */
export class TabBench {
  readonly bench: OutboxBench
  readonly id: TabId
  readonly link: TabLink
  readonly reader = new LogReader(ROOM, undefined)
  readonly effects: TabEffect[] = []
  readonly own = new Set<Author>()
  posted: Uint8Array[] = []
  isLive = false
  now: Millis = 0

  constructor(digit: string) {
    this.id = tabNamed(digit)
    this.bench = new OutboxBench({}, digit)
    this.link = new TabLink({
      outbox: this.bench.outbox,
      user: 'ann',
      isLive: () => this.isLive,
      session: () => undefined,
      cursor: () => this.reader.cursor,
      isAuthentic: ({ author, proof }) => proof !== undefined && authorOf(proof) === author,
      isOwn: (author) => this.own.has(author),
      isLogged: () => false,
    })
    this.do({ type: 'open', id: this.id, scope: SCOPE })
  }

  do(input: Parameters<TabLink['handle']>[0]): void {
    for (const effect of this.link.handle(input, this.now)) {
      this.effects.push(effect)
      if (effect.type === 'post') this.posted.push(effect.bytes)
      if (effect.type === 'carry') {
        this.bench.do({ type: 'carried', rows: effect.rows, isOnDisk: false })
        this.do({ type: 'look' })
      }
      if (effect.type === 'hand') {
        const { end, applied } = this.reader.readBeside(effect.epoch, effect.batches)
        this.do({ type: 'applied', batches: applied })
        this.do({ type: 'handed', end })
      }
    }
  }

  write(text: string): void {
    for (const effect of this.writes(text))
      if (effect.type === 'minted') this.own.add(effect.author)
    this.do({ type: 'look' })
  }

  writes(text: string): OutboxBench['effects'] {
    const { length } = this.bench.effects
    this.bench.write(text)
    this.bench.settleDisk()
    return this.bench.effects.slice(length)
  }

  hears(bytes: Uint8Array): void {
    this.do({ type: 'message', bytes })
  }

  /** A frame as the tab of this digit would post it. */
  hearsOf(digit: string, n: number, body: TabBody, more: Partial<TabFrame> = {}): void {
    this.hears(encodeTabFrame({ scope: SCOPE, from: tabNamed(digit), n, body, ...more }))
  }

  passes(ms: number): void {
    const end = this.now + ms
    for (let at = this.link.deadline(); at !== undefined && at <= end; at = this.link.deadline()) {
      this.now = Math.max(at, this.now + 1)
      this.do({ type: 'time' })
    }
    this.now = end
  }

  rows(): string[] {
    return [...this.bench.outbox.rows()].map(({ row }) => decodeUtf8(row.bytes.subarray(1)))
  }

  types(): string[] {
    return this.posted.map((bytes) => {
      const frame = decodeTabFrame(bytes)
      return typeof frame === 'string' ? frame : frame.body.type
    })
  }
}

/** Lets all hear what each has posted, until nobody says anything more. `lose`: what is lost. */
export const talk = (
  tabs: readonly TabBench[],
  lose: (bytes: Uint8Array) => boolean = () => false,
): number => {
  let count = 0
  for (let isMore = true; isMore;) {
    isMore = false
    for (const from of tabs) {
      for (const bytes of from.posted.splice(0)) {
        isMore = true
        count++
        if (lose(bytes)) continue
        for (const to of others(tabs, from)) to.hears(bytes)
      }
    }
  }
  return count
}

const others = (tabs: readonly TabBench[], from: TabBench): readonly TabBench[] =>
  tabs.filter((tab) => tab !== from)

export const STATE: TabBody = {
  type: 'state',
  isNew: false,
  isLive: false,
  session: undefined,
  epoch: EPOCH,
  after: 0,
  chain: '0'.repeat(32) as never,
  holds: [],
}

export const asRows = (rows: readonly OutboxRow[], isOurs = true): TabBody => ({
  type: 'rows',
  before: [],
  rows: rows.map(({ user: _, sealed, ...row }) => ({ ...row, sealed, isOurs })),
})

/** The same frame as another version of the code would say it. */
export const ofVersion = (bytes: Uint8Array, version: number): Uint8Array => {
  const other = bytes.slice()
  if (other[0] === TAB_VERSION) other[0] = version
  return other
}
