import assert from 'node:assert/strict'
import type { Author } from '../../ids.ts'
import { keyOf } from '../../ids.ts'
import { VirtualTime, seeded } from './virtual-time.ts'
import { WorldLink } from './world-link.ts'
import type { LinkFaults } from './world-link.ts'
import { WorldDisk, WorldPage, textsIn } from './world-page.ts'
import type { PageSocket, PageWorld } from './world-page.ts'
import { WorldRelay } from './world-relay.ts'
import type { Peer } from './world-relay.ts'

const FAULTY_MS = 30_000
const HEALING_MS = 90_000
const PROFILES = 3
const WRITES = 40

/** What happened, so that a run in which nothing did is seen. */
export type WorldFigures = {
  writes: number
  resent: number
  duplicates: number
  gaps: number
  crashes: number
  pageCrashes: number
  reconnects: number
  adopted: number
  resets: number
}

/** Some profiles with their pages, one relay, and everything that can go wrong between them; a seed decides it all. */
export class World implements PageWorld {
  readonly time = new VirtualTime()
  readonly random: () => number
  readonly relay: WorldRelay
  readonly figures: WorldFigures = {
    writes: 0,
    resent: 0,
    duplicates: 0,
    gaps: 0,
    crashes: 0,
    pageCrashes: 0,
    reconnects: 0,
    adopted: 0,
    resets: 0,
  }
  readonly #isRestored: boolean
  readonly #faults: LinkFaults
  readonly #disks = Array.from({ length: PROFILES }, () => new WorldDisk())
  #pages: WorldPage[] = []
  readonly #locks = new Map<Author, WorldPage>()
  readonly #waiting = new Map<WorldPage, { author: Author; granted: () => void }[]>()
  /** Texts that were on some disk, and so must never be lost. */
  readonly #stored = new Set<string>()
  readonly #written = new Set<string>()

  /** `isRestored`: the relay comes back from an old backup now and then (R5). */
  constructor(seed: number, isRestored = false) {
    this.#isRestored = isRestored
    this.random = seeded(seed)
    const isLossy = this.random() < 0.7
    this.#faults = { lossRate: isLossy ? 0.03 : 0, cutRate: 0.01, maxDelayMs: 200 }
    this.relay = new WorldRelay(this.time, this.random)
    this.relay.commitFailRate = 0.03
    for (const [at, disk] of this.#disks.entries()) {
      disk.failRate = this.random() < 0.5 ? 0 : 0.2
      this.#openPage(at)
    }
  }

  run(): void {
    for (let n = 0; n < WRITES; n++) this.#at(() => this.#writeSome(`w${n}`))
    for (let n = 0; n < 2; n++) this.#at(() => this.#crashRelay())
    for (let n = 0; n < 4; n++) this.#at(() => this.#crashPage())
    if (this.#isRestored) for (let n = 0; n < 2; n++) this.#at(() => this.relay.restore())
    // A second page of one profile.
    if (!this.#isRestored) this.#at(() => this.#openPage(Math.floor(this.random() * PROFILES)))
    for (let at = 0; at < FAULTY_MS; at += 500) this.time.after(at, () => this.#checkPromises())
    this.time.runUntil(FAULTY_MS)
    this.#heal()
    this.time.runUntil(FAULTY_MS + HEALING_MS)
    this.#checkPromises()
    this.#checkEnd()
  }

  get pages(): readonly WorldPage[] {
    return this.#pages
  }

  connect(page: WorldPage, generation: number): PageSocket {
    let isOpen = true
    const peer: Peer = {
      send: (bytes, isSure) => link.send(1, bytes, isSure),
      cut: () => link.cut(),
    }
    const link = new WorldLink(this.time, this.random, this.#faults, [
      {
        message: (bytes) =>
          isOpen ? page.input({ type: 'message', generation, bytes }) : undefined,
        closed: (code) =>
          isOpen ? page.input({ type: 'closed', generation, code, reason: '' }) : undefined,
      },
      {
        message: (bytes) => this.relay.message(peer, bytes),
        closed: () => this.relay.gone(peer),
      },
    ])
    this.time.after(this.random() * this.#faults.maxDelayMs, () => {
      this.relay.connected(peer)
      page.input({ type: 'opened', generation })
    })
    const close = (): void => {
      isOpen = false
      link.close(0, 1000)
    }
    return { send: (bytes) => link.send(0, bytes), close }
  }

  hold(author: Author, page: WorldPage): void {
    this.#locks.set(author, page)
  }

  request(author: Author, page: WorldPage, granted: () => void): void {
    const holder = this.#locks.get(author)
    if (holder === undefined || holder.isGone) {
      this.#locks.set(author, page)
      this.time.after(1, granted)
    } else {
      this.#waiting.set(holder, [...(this.#waiting.get(holder) ?? []), { author, granted }])
    }
  }

  settled(text: string): void {
    if (this.#isRestored) return
    assert.ok(this.relay.texts.includes(text), `${text} was settled and is not durable`)
  }

  #at(run: () => void): void {
    this.time.after(this.random() * FAULTY_MS, run)
  }

  #openPage(profile: number): void {
    const disk = this.#disks[profile]!
    const page = new WorldPage(this, disk, `user ${profile}`)
    this.#pages.push(page)
  }

  /** One write, or a burst: what comes while a transaction is in flight merges. */
  #writeSome(text: string): void {
    const count = this.random() < 0.3 ? 4 : 1
    for (let n = 0; n < count; n++) this.#write(`${text}.${n}`)
  }

  #write(text: string): void {
    const page = this.#pages[Math.floor(this.random() * this.#pages.length)]!
    this.figures.writes++
    this.#written.add(text)
    page.write(text)
  }

  #crashRelay(): void {
    this.figures.crashes++
    this.relay.crash()
  }

  #crashPage(): void {
    const at = Math.floor(this.random() * this.#pages.length)
    const page = this.#pages[at]!
    this.figures.pageCrashes++
    this.#endPage(page)
    this.#openPage(this.#disks.indexOf(page.disk))
  }

  #endPage(page: WorldPage): void {
    this.#count(page)
    page.crash()
    this.#forget(page)
  }

  #forget(page: WorldPage): void {
    this.#pages = this.#pages.filter((each) => each !== page)
    const onDisk = [...page.disk.rows.values()].flatMap(({ bytes }) => textsIn(bytes))
    for (const text of [...page.stored, ...onDisk]) this.#stored.add(text)
    for (const { author, granted } of this.#waiting.get(page) ?? []) {
      this.#locks.delete(author)
      this.time.after(1, granted)
    }
  }

  #heal(): void {
    Object.assign(this.#faults, { lossRate: 0, cutRate: 0, maxDelayMs: 20 })
    this.relay.commitFailRate = 0
    for (const disk of this.#disks) disk.failRate = 0
  }

  /** I9: what a page takes for acked is on the relay's disk, at every moment. */
  #checkPromises(): void {
    if (this.#isRestored) return
    for (const { link } of this.#pages) {
      for (const { row, isAcked } of link.outbox.rows()) {
        if (isAcked)
          assert.ok(this.relay.keys.has(keyOf(row.author, row.seq)), 'acked and not durable')
      }
      const { applied } = this.#pages.find((page) => page.link === link)!
      assert.deepEqual(
        applied,
        this.relay.texts.slice(0, applied.length),
        'a page applied another log',
      )
    }
  }

  #checkEnd(): void {
    const { texts } = this.relay
    const twice = texts.filter((text, at) => texts.indexOf(text) !== at)
    // What a lost log had may be offered by several pages.
    if (!this.#isRestored) assert.deepEqual(twice, [], 'each write is in the log once')
    for (const page of this.#pages) {
      this.#count(page)
      assert.equal(page.link.phase.type, 'live', 'everybody is live in the end')
      assert.ok(page.link.outbox.isEmpty, `unsettled: ${[...page.link.outbox.rows()].length}`)
      assert.ok(page.link.outbox.isSettledOnDisk)
      assert.deepEqual(page.applied, texts, 'everybody has applied the log')
      for (const text of page.stored) this.#stored.add(text)
    }
    for (const disk of this.#disks) assert.equal(disk.rows.size, 0, 'no row is left on a disk')
    for (const text of this.#stored)
      assert.ok(texts.includes(text), `${text} was on a disk and is lost`)
    for (const text of texts) assert.ok(this.#written.has(text), `${text} was written by nobody`)
  }

  #count({ link, session }: WorldPage): void {
    const { resent, duplicatesDropped, gapsHealed, adopted, resets } = link.counters
    this.figures.resent += resent
    this.figures.duplicates += duplicatesDropped
    this.figures.gaps += gapsHealed
    this.figures.adopted += adopted
    this.figures.resets += resets
    this.figures.reconnects += session.reconnects
  }
}
