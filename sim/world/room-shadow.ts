import * as Y from 'yjs'
import { decodeBatch, decodeEvent, keyOf } from '../../protocol/index.ts'
import type { Entry } from '../../protocol/index.ts'
import { EMPTY_FOLD, foldId } from './event-fold.ts'
import type { FoldState } from './event-fold.ts'

/** What the oracle reads in an entry: which edits it holds, and of an event what it adds and comes after. */
export type Contents = {
  readonly ids: readonly number[]
  readonly after: number
  readonly by: number
}

const NOTHING: Contents = { ids: [], after: 0, by: 0 }

export const contentsOf = (entry: Entry): Contents => {
  if (entry.kind === 'event') {
    const { payload } = decodeEvent(entry.body) ?? {}
    if (payload === null || typeof payload !== 'object') return NOTHING
    const { id, after, by } = payload as { id: number; after: number; by: number }
    return { ids: [id], after, by }
  }
  if (entry.kind !== 'update') return NOTHING
  return { ids: idsInUpdate(entry.body), after: 0, by: 0 }
}

/** A document's edits are known by what they put in: `<12>` in the text, 12 in the map. */
export const idsInUpdate = (update: Uint8Array): number[] => {
  const ids: number[] = []
  for (const struct of Y.decodeUpdate(update).structs) {
    const content = (struct as { readonly content?: unknown }).content
    if (content instanceof Y.ContentString) {
      for (const [, id] of content.str.matchAll(/<(\d+)>/g)) ids.push(Number(id))
    } else if (content instanceof Y.ContentAny) {
      ids.push(...content.arr.filter((each): each is number => typeof each === 'number'))
    }
  }
  return ids
}

/** What one batch brought that must not be. */
export type Complaint = { readonly invariant: string; readonly sentence: string }

/** S18: which edits a compacted batch covers, though not all can be read in it: what was overwritten or deleted is not there. */
const covered = new WeakMap<Uint8Array, readonly number[]>()

/** The log of one room as the oracle saw it become durable, and what follows from it. */
export class RoomShadow {
  readonly name: string
  head = 0
  fold: FoldState = EMPTY_FOLD
  readonly doc: Y.Doc | undefined
  /** Of every life of the log: the edits that stood at an offset. */
  readonly #everAt: number[][] = []
  readonly #keys = new Set<string>()
  readonly #lastSeq = new Map<string, number>()
  readonly #origins = new Set<string>()
  /** Of this life of the log: the edits behind each offset. */
  readonly #here: { readonly offset: number; readonly id: number }[] = []
  /** C10: records that no app can read. */
  poisonCount = 0

  constructor(name: string, hasDocument: boolean) {
    this.name = name
    this.doc = hasDocument ? new Y.Doc() : undefined
  }

  /** Takes in a batch that is on disk; tells the edits in it one by one, with what an event comes after. */
  take(
    bytes: Uint8Array,
    tell: (id: number, contents: Contents, user: string) => void,
  ): Complaint | undefined {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string') return { invariant: 'I5', sentence: `a batch is none: ${batch}` }
    if (batch.first !== this.head + 1) {
      const sentence = `${this.name}: a batch begins at ${batch.first}, the head was ${this.head}`
      return { invariant: 'I5', sentence }
    }
    for (const id of covered.get(bytes) ?? []) {
      this.#here.push({ offset: batch.last, id })
      tell(id, NOTHING, '')
    }
    for (const { offset, author, seq, user, entry } of batch.records) {
      const where = `${this.name}, offset ${offset}, ${author.slice(0, 6)}/${seq}`
      if (!batch.isCompacted && offset !== this.head + 1) {
        return { invariant: 'I5', sentence: `${where}: the head was ${this.head}` }
      }
      this.head = offset
      const key = keyOf(author, seq)
      if (this.#keys.has(key)) return { invariant: 'I3', sentence: `${where} is there twice` }
      this.#keys.add(key)
      const before = this.#lastSeq.get(author) ?? 0
      if (seq <= before) return { invariant: 'I6', sentence: `${where} comes behind ${before}` }
      this.#lastSeq.set(author, seq)
      const contents = contentsOf(entry)
      const isPoison = entry.kind === 'event' && contents.ids.length === 0
      if (isPoison) this.poisonCount++
      else if (entry.kind === 'event') {
        const origin = entry.origin ?? { author, seq }
        const originKey = keyOf(origin.author, origin.seq)
        const [id] = contents.ids
        if (!this.#origins.has(originKey)) this.fold = foldId(this.fold, id!, contents.by)
        this.#origins.add(originKey)
      } else if (entry.kind === 'update') {
        if (this.doc !== undefined) Y.applyUpdate(this.doc, entry.body)
      }
      const here = (this.#everAt[offset] ??= [])
      for (const id of contents.ids) {
        if (!here.includes(id)) here.push(id)
        this.#here.push({ offset, id })
        tell(id, contents, user)
      }
    }
    this.head = batch.last
    return undefined
  }

  /** S18: a log as it is on disk after a compaction must come to what it came to before. Says what differs. */
  compacted(
    log: readonly { readonly head: number; readonly bytes: Uint8Array }[],
  ): string | undefined {
    const read = new RoomShadow(this.name, this.doc !== undefined)
    for (const { head, bytes } of log) {
      const complaint = read.take(bytes, () => {})
      if (complaint !== undefined) return complaint.sentence
      if (read.head !== head) return `a batch stored through ${head} ends at ${read.head}`
      const batch = decodeBatch(bytes)
      if (typeof batch === 'string' || !batch.isCompacted || covered.has(bytes)) continue
      const here = this.#here.filter(({ offset }) => offset >= batch.first && offset <= batch.last)
      covered.set(bytes, [...new Set(here.map(({ id }) => id))])
    }
    const [is, was] = [read.#comesTo(), this.#comesTo()]
    return is === was ? undefined : `it comes to ${is} and came to ${was}`
  }

  #comesTo(): string {
    const { head, fold, poisonCount, doc } = this
    return JSON.stringify({ head, fold, poisonCount, content: doc && contentOf(doc) })
  }

  /** C12: the edits in batches that this log lacks and can take, each record being the next of its author. */
  nextIn(batches: readonly Uint8Array[]): readonly number[] {
    const ids: number[] = []
    const marks = new Map(this.#lastSeq)
    for (const bytes of batches) {
      const batch = decodeBatch(bytes)
      if (typeof batch === 'string') break
      for (const { author, seq, entry } of batch.isCompacted ? [] : batch.records) {
        if (entry.kind === 'turn' || seq !== (marks.get(author) ?? 0) + 1) continue
        marks.set(author, seq)
        ids.push(...contentsOf(entry).ids)
      }
    }
    return ids
  }

  /** Whether an edit stood there in any life of the log. */
  hadAt(offset: number, id: number): boolean {
    return this.#everAt[offset]?.includes(id) === true
  }

  /** A log that begins anew, knowing what stood where in the lives before. */
  reborn(): RoomShadow {
    const next = new RoomShadow(this.name, this.doc !== undefined)
    next.#everAt.push(...Array.from(this.#everAt, (ids) => [...(ids ?? [])]))
    return next
  }

  /** Whether the document waits for something that never came. */
  get hasHole(): boolean {
    return this.doc !== undefined && this.doc.store.pendingStructs !== null
  }
}

/** A document's text, map and vector, as one string. */
export const contentOf = (doc: Y.Doc): string => {
  const vector = [...Y.decodeStateVector(Y.encodeStateVector(doc))].toSorted(([a], [b]) => a - b)
  const map = Object.entries(doc.getMap('map').toJSON()).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([doc.getText('text').toString(), map, vector])
}
