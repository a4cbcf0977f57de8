import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, answerJson } from '../http-answer.ts'
import { peerOf } from '../peer.ts'
import type { DeviceTokens } from './device-tokens.ts'
import type { Shown, Tickets } from './tickets.ts'

const MAX_BODY_BYTES = 1024

const REFUSALS: Readonly<Record<Exclude<Shown, 'taken'>, readonly [number, string, string]>> = {
  wrong: [
    403,
    'bad-ticket',
    'This address was used already, is too old, or is none of this relay.',
  ],
  'too-often': [
    429,
    'too-many-tickets',
    'Too many wrong addresses were tried from here: wait a minute.',
  ],
}
const BAD_BODY = { code: 'bad-body', sentence: 'A device joins with {"ticket": "…"}.' }

/** A5: trades a ticket for a device's token, once. W6 was looked at before. */
export const createJoin =
  (tickets: Tickets, tokens: DeviceTokens) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    readBody(request, (body) => {
      const ticket = body === undefined ? undefined : ticketIn(body)
      if (ticket === undefined) return answer(response, 400, BAD_BODY)
      const shown = tickets.show(ticket, peerOf(request).address)
      if (shown !== 'taken') {
        const [status, code, sentence] = REFUSALS[shown]
        return answer(response, status, { code, sentence })
      }
      answerJson(response, 200, {
        code: 'joined',
        sentence: 'This device may come in from now on.',
        token: tokens.issue(),
      })
    })
  }

/** Calls back once: with the text, or with undefined for one that is too long or does not come whole. */
const readBody = (request: IncomingMessage, done: (body: string | undefined) => void): void => {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  })
  request.once('end', () => {
    done(bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8'))
  })
}

const ticketIn = (body: string): string | undefined => {
  try {
    const { ticket } = (JSON.parse(body) ?? {}) as { readonly ticket?: unknown }
    return typeof ticket === 'string' ? ticket : undefined
  } catch {
    return undefined
  }
}
