import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reason } from '../stores/lmdb-file.ts'

/** By the first a relay knows its batches again (S14), by the second its devices (A5), and by the third others know its receipts (K7). */
const SECRETS = ['batch-secret', 'device-secret', 'receipt-secret']
/** While one of these is there, what is missing was taken away on purpose. */
const FOLDER = ['data.mdb', ...SECRETS]

/**
 * A11: what the relay of a data folder is known by, in the memory of its supervisor, for when the folder is deleted under it: pages then give
 * back all that they have of the logs, and not only what their own users wrote.
 */
export class KeptSecrets {
  readonly #dataDir: string
  readonly #kept = new Map<string, Buffer>()

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** A relay serves: its secrets are there, if it has any. */
  served(): void {
    this.#kept.clear()
    for (const name of SECRETS) {
      const file = join(this.#dataDir, name)
      try {
        this.#kept.set(name, readFileSync(file))
      } catch {
        // It has none, or nobody may read it: then there is none to keep.
      }
    }
  }

  /** Before a relay starts. A sentence for the operator where there is something to say. */
  putBack(): string | undefined {
    const dir = this.#dataDir
    if (this.#kept.size === 0 || FOLDER.some((name) => existsSync(join(dir, name))))
      return undefined
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      for (const [name, secret] of this.#kept) {
        writeFileSync(join(dir, name), secret, { mode: 0o600, flush: true })
      }
    } catch (error) {
      return `The secrets of the relay could not be put into the new folder ${dir}: ${reason(error)}`
    }
    return `The folder ${dir} is gone. A new one begins, with the relay's secrets of before, so that pages can give back what they have of it.`
  }
}
