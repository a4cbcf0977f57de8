/** What the client said is no vector, or no update. */
export type Malformed = { readonly type: 'malformed' }

/** `log`: pages hold batches of a room's log. `updates`: they hold Yjs updates as they are. */
export type PageContent = 'log' | 'updates'

export type Pieces = {
  readonly type: 'pieces'
  readonly pieces: readonly Uint8Array[]
}

/**
 * `malformed`: no update. `poisonous`: one that the gate refuses. `waits`: it builds on what is not there. `too-large`: a single value, of so many bytes,
 * cannot be cut.
 */
export type Unsplit =
  | Malformed
  | { readonly type: 'poisonous'; readonly sentence: string }
  | { readonly type: 'waits' }
  | { readonly type: 'too-large'; readonly bytes: number }

/** A document's top-level types by their names. An update does not say of which kind they are: that is guessed from what is in them. */
export type ReadableTypes = Readonly<
  Record<
    string,
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'xml'; readonly text: string; readonly xml: string }
    | { readonly kind: 'array' | 'map'; readonly value: unknown }
    | { readonly kind: 'empty' }
  >
>

/** What the relay's jobs are asked and answer. Their pages hold batches of the room's log, from its start. */
export type JobKinds = {
  /** What the log has beyond a client's vector, and the log's own vector. */
  readonly difference: {
    readonly input: { readonly vector: Uint8Array }
    readonly answer:
      | { readonly type: 'difference'; readonly update: Uint8Array; readonly vector: Uint8Array }
      | Malformed
  }
  /** What a client's update has beyond the log; undefined if nothing. */
  readonly news: {
    readonly input: { readonly update: Uint8Array }
    readonly answer: { readonly type: 'news'; readonly update: Uint8Array | undefined } | Malformed
  }
  /** All updates as one, with all that was deleted in them. `unreadable`: how many were left out (C10). */
  readonly merge: {
    readonly input: { readonly of: PageContent }
    readonly answer: {
      readonly type: 'merge'
      readonly update: Uint8Array
      readonly unreadable: number
    }
  }
  /**
   * S18: the batches behind `after` as compacted ones of some `maxBatchBytes`, of which the last has the document, without what was deleted, under the
   * fresh `author`. `epoch`: the one in force behind `after`; undefined at the log's start, whose first batch names it. S19: events from before
   * `eventsSinceMs` are left out; `expired` is how many that were this time.
   */
  readonly compact: {
    readonly input: {
      readonly after: number
      readonly epoch: string | undefined
      readonly author: string
      readonly atMs: number
      readonly maxBatchBytes: number
      readonly eventsSinceMs: number
    }
    readonly answer: {
      readonly type: 'compact'
      readonly batches: readonly { readonly head: number; readonly bytes: Uint8Array }[]
      readonly unreadable: number
      readonly expired: number
    }
  }
  /** The document that they come to, without the content of what was deleted. */
  readonly snapshot: {
    readonly input: { readonly of: PageContent }
    readonly answer: {
      readonly type: 'snapshot'
      readonly update: Uint8Array
      readonly vector: Uint8Array
      readonly unreadable: number
    }
  }
  /**
   * J17: what an update has beyond those of the pages, in pieces of at most `maxBytes` that fit one after the other; none where it says nothing new. An
   * update of format V2 is read as well.
   */
  readonly pieces: {
    readonly input: { readonly update: Uint8Array; readonly maxBytes: number }
    readonly answer: Pieces | Unsplit
  }
  /** J17: what is in an update, for people. */
  readonly readable: {
    readonly input: { readonly update: Uint8Array }
    readonly answer: { readonly type: 'readable'; readonly types: ReadableTypes }
  }
}
