import type { Extensions, UpFrame } from './frame.ts'
import { nameOfKey } from './hash.ts'
import { fromHex, toHex } from './ids.ts'
import type { SessionOptions } from './session-types.ts'
import { OLDEST_VERSION, PROTOCOL_VERSION } from './version.ts'

type Hello = Extract<UpFrame, { readonly type: 'hello' }>

/** The tag in `hello` that names the key of receipts. */
const RECEIPT_KEY = 1

/** What a page says of itself first on each connection to a relay, and what of the answer it need not be told again. */
export class Greeting {
  readonly #options: Pick<SessionOptions, 'session' | 'user'>
  #receiptKey: Uint8Array | undefined

  constructor(options: Pick<SessionOptions, 'session' | 'user'>) {
    this.#options = options
  }

  /** K9: the key that this relay said last. */
  get receiptKey(): Uint8Array | undefined {
    return this.#receiptKey
  }

  hello(token: string, isHidden: boolean): Hello {
    const { session, user } = this.#options
    const versions = { min: OLDEST_VERSION, max: PROTOCOL_VERSION }
    const hello = { type: 'hello', ...versions, session, user, token, isHidden } as const
    return this.#receiptKey === undefined ? hello : { ...hello, ext: naming(this.#receiptKey) }
  }

  /** Undefined is no word against the key that was said before. */
  welcomed(receiptKey: Uint8Array | undefined): void {
    if (receiptKey !== undefined) this.#receiptKey = receiptKey.slice()
  }
}

const naming = (key: Uint8Array): Extensions => new Map([[RECEIPT_KEY, fromHex(nameOfKey(key))]])

/** K9: whether a page says that it has this key already. */
export const namesReceiptKey = ({ ext }: Hello, key: Uint8Array): boolean => {
  const name = ext?.get(RECEIPT_KEY)
  return name !== undefined && toHex(name) === nameOfKey(key)
}
