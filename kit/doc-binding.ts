import * as Y from 'yjs'

/** C10: a record that could not be applied, and why. */
export type ApplyFailure = { readonly reason: string }

/** Ties a document to a room: the only file of the kit that knows Yjs. */
export class DocBinding {
  readonly #doc: Y.Doc
  readonly #onUpdate: (update: Uint8Array, by: unknown, doc: Y.Doc, made: Y.Transaction) => void
  readonly #onCleanup: (made: Y.Transaction) => void
  readonly #origin: unknown
  /** While a log is read whose content may lack some of the document's, what it has: see {@link beginComparing}. */
  #shadow: Y.Doc | undefined
  /** Meanwhile, what is to be sent anyway. */
  #noted: Uint8Array[] = []

  /** `origin`: of the transactions in which what others wrote is applied; the binding itself where it is left out. */
  constructor(
    doc: Y.Doc,
    written: (update: Uint8Array, isLocal: boolean) => void,
    origin?: unknown,
  ) {
    this.#doc = doc
    this.#origin = origin ?? this
    this.#onUpdate = (update, by, _doc, { local }) => {
      if (by !== this.#origin) written(update, local)
    }
    // Yjs encodes a transaction anew for whoever listens, and asks who does right behind this: of what came from the log nobody here wants to hear. Where
    // the app listens too nothing is gained, and ours has to stay in front: what an app pushes as it hears of an edit stands behind that edit.
    this.#onCleanup = ({ origin: by }) => {
      if (by !== this.#origin) doc.on('update', this.#onUpdate)
      else if (doc._observers.get('update')?.size === 1) doc.off('update', this.#onUpdate)
    }
    doc.on('update', this.#onUpdate)
    doc.on('afterTransactionCleanup', this.#onCleanup)
  }

  get isEmpty(): boolean {
    return this.#doc.store.clients.size === 0
  }

  /** Applies one update of the log; undefined when it is in, or why it is not. */
  apply(update: Uint8Array): ApplyFailure | undefined {
    if (this.#shadow !== undefined) applyTo(this.#shadow, update)
    return this.applyBeside(update)
  }

  /** {@link apply} of what is not in the log that is being compared with. */
  applyBeside(update: Uint8Array): ApplyFailure | undefined {
    let failure: ApplyFailure | undefined
    try {
      // Within a transaction of ours only reading and integrating throws here, observers do behind it, when the update is in: those are the app's.
      Y.transact(
        this.#doc,
        () => {
          try {
            Y.applyUpdate(this.#doc, update, this.#origin)
          } catch (error) {
            failure = failureOf(error)
          }
        },
        this.#origin,
        false,
      )
    } catch (error) {
      // What throws while Yjs tidies up, as the deletion of deep types does, leaves it waiting for ever: it would call no observer any more, and say
      // nothing of what is typed.
      if (this.#doc._transactionCleanups.length > 0) {
        this.#doc._transactionCleanups = []
        return failure ?? failureOf(error)
      }
      queueMicrotask(() => {
        throw error
      })
    } finally {
      // At once, so that whoever begins to listen between two of ours does so behind it.
      this.#doc.on('update', this.#onUpdate)
    }
    return failure
  }

  /** From here on notes what the log and the outbox hold, for {@link difference}. */
  beginComparing(): void {
    this.#shadow = new Y.Doc()
    this.#noted = []
  }

  /** Notes content that is ours to send already. */
  note(update: Uint8Array): void {
    if (this.#shadow !== undefined) this.#noted.push(update)
  }

  /** C9: what the document has and the log lacks, as one update; undefined when there is nothing. */
  difference(): Uint8Array | undefined {
    const [shadow, noted] = [this.#shadow, this.#noted]
    this.#shadow = undefined
    this.#noted = []
    if (shadow === undefined) return undefined
    const inLog = Y.encodeStateVector(shadow)
    for (const update of noted) applyTo(shadow, update)
    // Yjs places as much of an update as it can, the relay all of it or nothing: with a row that waits for the difference, that has to be whole without it.
    const builtOn = isWhole(shadow) ? Y.encodeStateVector(shadow) : inLog
    const before = Y.snapshot(shadow)
    const update = Y.encodeStateAsUpdate(this.#doc, builtOn)
    Y.applyUpdate(shadow, update)
    const isNew = !Y.equalSnapshots(before, Y.snapshot(shadow))
    shadow.destroy()
    return isNew ? update : undefined
  }

  destroy(): void {
    this.#doc.off('afterTransactionCleanup', this.#onCleanup)
    this.#doc.off('update', this.#onUpdate)
    this.#shadow?.destroy()
  }
}

const applyTo = (shadow: Y.Doc, update: Uint8Array): void => {
  try {
    Y.applyUpdate(shadow, update)
  } catch {
    // The document itself reports the same update; without it the comparison offers a little more than it must.
  }
}

/** Whether nothing waits in it for what it builds on. */
const isWhole = ({ store }: Y.Doc): boolean =>
  store.pendingStructs === null && store.pendingDs === null

const failureOf = (error: unknown): ApplyFailure => ({
  reason: error instanceof Error ? error.message : String(error),
})

/** Of a room that nobody shows. */
export const emptyDoc = (): Y.Doc => new Y.Doc()

const LEAVES_PER_MERGE = 64

/** Several updates as one; in a tree, since merging many at once costs their number squared. */
export const mergeUpdates = (updates: readonly Uint8Array[]): Uint8Array => {
  let level = [...updates]
  while (level.length > 1) {
    const next: Uint8Array[] = []
    for (let at = 0; at < level.length; at += LEAVES_PER_MERGE) {
      next.push(Y.mergeUpdates(level.slice(at, at + LEAVES_PER_MERGE)))
    }
    level = next
  }
  return level[0]!
}

/** {@link mergeUpdates}, or the updates as they were where Yjs cannot merge them. */
export const mergeIfPossible = (updates: readonly Uint8Array[]): readonly Uint8Array[] => {
  try {
    return [mergeUpdates(updates)]
  } catch {
    return updates
  }
}
