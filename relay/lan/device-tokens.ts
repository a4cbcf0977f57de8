import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { RelayError } from '../relay-error.ts'
import { openSecretFile } from '../secret-file.ts'

const FILE = 'device-secret'
const ID_BYTES = 16
const TOKEN = /^device\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/**
 * A5: what a device that joined shows from then on. It holds a random id and the relay's signature of it, so that the relay knows it
 * again after a restart without keeping a list.
 */
export class DeviceTokens {
  readonly #secret: Uint8Array

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  /** With the secret in the data folder, which only this user may read; made where there is none. Throws a {@link RelayError}. */
  static open(dataDir: string): DeviceTokens {
    const file = join(dataDir, FILE)
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const secret = openSecretFile(file)
      if (secret !== undefined) return new DeviceTokens(secret)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new RelayError('no-device-secret', `The file ${file} cannot be used: ${why}`, { cause })
    }
    throw new RelayError(
      'no-device-secret',
      `The file ${file} is damaged: delete it, and devices of the local network join anew.`,
    )
  }

  issue(): string {
    const id = randomBytes(ID_BYTES).toString('base64url')
    return `device.${id}.${this.#sign(id).toString('base64url')}`
  }

  isValid(token: string): boolean {
    const [, id, signature] = TOKEN.exec(token) ?? []
    if (id === undefined || signature === undefined) return false
    return timingSafeEqual(Buffer.from(signature, 'base64url'), this.#sign(id))
  }

  #sign(id: string): Buffer {
    return createHmac('sha256', this.#secret).update(`holdfast/device/${id}`).digest()
  }
}
