import { request } from 'node:http'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import { after } from 'node:test'
import { createRelay } from '../index.ts'
import type { Relay, RelayOptions } from '../index.ts'
import { MemoryStore } from '../stores/memory-store.ts'

export type Started = { readonly relay: Relay; readonly port: number; readonly url: string }

const closing: (() => Promise<unknown>)[] = []
after(async () => {
  for (const close of closing) await close()
})

/** Runs when the file's tests are over. */
export const atEnd = (close: () => Promise<unknown>): void => void closing.push(close)

/** A relay in this process on a free port; closed when the file's tests are over. */
export const startRelay = async (options: Partial<RelayOptions> = {}): Promise<Started> => {
  const store = options.dataDir === undefined ? { store: new MemoryStore() } : {}
  const relay = createRelay({ ...store, port: 0, ...options })
  atEnd(() => relay.close({ withinMs: 200 }))
  return { relay, ...(await relay.listen()) }
}

export type Answered = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Buffer
}

const TIMEOUT_MS = 5000

/** One request with exactly these headers: `fetch` would set some of its own. */
export const ask = (
  port: number,
  path: string,
  { body, ...options }: RequestOptions & { readonly body?: string } = {},
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, agent: false, ...options },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const all = Buffer.concat(parts)
          const { statusCode = 0, headers } = response
          resolve({ status: statusCode, headers, text: all.toString('utf8'), body: all })
        })
      },
    )
    sent.setTimeout(options.timeout ?? TIMEOUT_MS, () =>
      sent.destroy(new Error(`${path} is not answered`)),
    )
    sent.on('error', reject)
    sent.end(body)
  })

export const codeOf = ({ text }: Answered): string => (JSON.parse(text) as { code: string }).code
