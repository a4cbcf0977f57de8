import { ByteWalk } from './byte-walk.ts'
import { CONTENT, walkContent } from './content-walk.ts'
import { Refused, malformed, poisonous } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** `item`: content, some of it perhaps deleted; `gc`: clocks whose content is gone; `skip`: clocks that this update leaves out. */
export type RunKind = 'item' | 'gc' | 'skip'

/** Clocks from `clock` up to but without `end`. */
export type Range = { readonly clock: number; readonly end: number }

/** Neighbouring structs of one kind. */
export type Run = Range & { readonly kind: RunKind }

/** The struct at clock `at` can only be placed when `clock` of `client`, an origin or a parent of another Yjs client, is there. */
export type Need = { readonly at: number; readonly client: number; readonly clock: number }

/** What an update carries of one Yjs client. Runs are in the order of clocks and without holes; needs are in the order of `at`. */
export type Section = {
  readonly client: number
  readonly runs: readonly Run[]
  readonly needs: readonly Need[]
}

/** What an update deletes of one Yjs client. */
export type Deletes = { readonly client: number; readonly ranges: readonly Range[] }

export type Walk = {
  readonly sections: readonly Section[]
  readonly deletes: readonly Deletes[]
  readonly structs: number
  /** Clocks that have content; those of deleted and collected content do not count. */
  readonly contentClocks: number
}

type WalkLimits = { readonly maxDepth: number; readonly maxClock: number }

/** The bits of a struct's first byte, as Yjs' `Item.write` sets them. */
const CONTENT_BITS = 0x1f
const HAS_PARENT_KEY = 0x20
const HAS_RIGHT_ORIGIN = 0x40
const HAS_ORIGIN = 0x80
const GC = 0
const SKIP = 10

/**
 * G1: walks a Yjs update of format V1 from its first byte to its last, and builds no document. Total: a walk, or why the bytes are
 * refused for good. It takes as many steps as there are bytes, and memory in proportion to them.
 */
export const walkUpdate = (bytes: Uint8Array, limits: WalkLimits): Walk | Refusal => {
  try {
    return new UpdateWalk(bytes, limits).walk()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { code: error.code, sentence: error.message }
  }
}

export const isRefusal = (result: Walk | Refusal): result is Refusal => 'code' in result

/** A section that is being walked. `clock` is where its next struct begins. */
type OpenSection = {
  readonly client: number
  readonly runs: { kind: RunKind; clock: number; end: number }[]
  readonly needs: Need[]
  /** The highest clock that a struct so far needs of another Yjs client: a need that is not higher says nothing new. */
  needed: Map<number, number> | null
  clock: number
}

class UpdateWalk {
  readonly #bytes: ByteWalk
  readonly #limits: WalkLimits
  #structs = 0
  #contentClocks = 0

  constructor(bytes: Uint8Array, limits: WalkLimits) {
    this.#bytes = new ByteWalk(bytes)
    this.#limits = limits
  }

  walk(): Walk {
    const sections = this.#sections()
    const deletes = this.#deletes()
    this.#bytes.end()
    return { sections, deletes, structs: this.#structs, contentClocks: this.#contentClocks }
  }

  #sections(): Section[] {
    const sections: Section[] = []
    const count = this.#bytes.count(5)
    const seen = count > 1 ? new Set<number>() : undefined
    for (let left = count; left > 0; left--) {
      const structs = this.#bytes.count(2)
      const client = this.#bytes.uint()
      const clock = this.#bytes.uint()
      if (structs === 0) throw malformed(`nothing is said of Yjs client ${client}`)
      if (seen?.has(client)) throw poisonous(`Yjs client ${client} comes twice`)
      seen?.add(client)
      const open: OpenSection = { client, runs: [], needs: [], needed: null, clock }
      for (let left = structs; left > 0; left--) this.#struct(open)
      if (open.runs.at(-1)?.kind === 'skip') {
        throw poisonous(`what is said of Yjs client ${client} ends in clocks that are left out`)
      }
      sections.push({ client, runs: open.runs, needs: open.needs })
    }
    return sections
  }

  #struct(section: OpenSection): void {
    this.#structs++
    const info = this.#bytes.uint8()
    if (info === GC) this.#add(section, 'gc', this.#bytes.uint())
    else if (info === SKIP) this.#add(section, 'skip', this.#bytes.uint())
    else this.#item(section, info)
  }

  #item(section: OpenSection, info: number): void {
    const content = info & CONTENT_BITS
    if (content === GC || content === SKIP) throw malformed(`no struct begins with byte ${info}`)
    if ((info & HAS_ORIGIN) !== 0) this.#dependency(section)
    if ((info & HAS_RIGHT_ORIGIN) !== 0) this.#dependency(section)
    if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) === 0) {
      this.#parent(section)
      if ((info & HAS_PARENT_KEY) !== 0) this.#bytes.text()
    }
    const length = walkContent(this.#bytes, content, this.#limits.maxDepth)
    if (content !== CONTENT.deleted) this.#contentClocks += length
    this.#add(section, 'item', length)
  }

  #parent(section: OpenSection): void {
    const isRoot = this.#bytes.uint()
    if (isRoot > 1) throw malformed(`a parent is 0 or 1, not ${isRoot}`)
    if (isRoot === 1) this.#bytes.text()
    else this.#dependency(section)
  }

  #dependency(section: OpenSection): void {
    const client = this.#bytes.uint()
    const clock = this.#bytes.uint()
    this.#within(clock)
    if (client === section.client) {
      // Yjs looks it up without asking whether it is there, and throws.
      if (clock < section.clock) return
      throw poisonous(`clock ${section.clock} of Yjs client ${client} refers to a later one`)
    }
    if (clock <= (section.needed?.get(client) ?? -1)) return
    section.needed ??= new Map()
    section.needed.set(client, clock)
    section.needs.push({ at: section.clock, client, clock })
  }

  #add(section: OpenSection, kind: RunKind, length: number): void {
    if (length === 0) throw poisonous(`clock ${section.clock} of ${section.client} has no length`)
    const { clock } = section
    const end = clock + length
    this.#within(end)
    const last = section.runs.at(-1)
    if (last?.kind === kind) last.end = end
    else section.runs.push({ kind, clock, end })
    section.clock = end
  }

  #deletes(): Deletes[] {
    const deletes: Deletes[] = []
    for (let left = this.#bytes.count(2); left > 0; left--) {
      const client = this.#bytes.uint()
      const ranges: Range[] = []
      for (let more = this.#bytes.count(2); more > 0; more--) ranges.push(this.#range())
      deletes.push({ client, ranges })
    }
    return deletes
  }

  #range(): Range {
    const clock = this.#bytes.uint()
    const length = this.#bytes.uint()
    if (length === 0) throw poisonous('a deleted range is empty')
    this.#within(clock + length)
    return { clock, end: clock + length }
  }

  #within(clock: number): void {
    if (clock > this.#limits.maxClock) {
      throw poisonous(`clock ${clock} is beyond ${this.#limits.maxClock}`)
    }
  }
}
