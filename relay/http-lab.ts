import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, answerJson } from './http-answer.ts'
import { peerOf } from './peer.ts'
import { isLoopback, whyRefused } from './request-guard.ts'
import type { Guard } from './request-guard.ts'

/** What the lab page is told, and what it may do. */
export type Lab = {
  /** How often a relay was started by whoever starts it again. */
  readonly starts: number
  /** The command that inspects a room of this relay's store; the room's name goes behind it. */
  readonly inspect: string
  /** Ends the process as a power cut would: at once, without a word. */
  readonly kill: () => void
}

const KILLED = { code: 'killed', sentence: 'The relay’s process is about to be killed.' }

/** A3: only this machine itself, under a name of its own, reaches into the relay. */
export const mayUseLab = (request: IncomingMessage): boolean => {
  const [host = ''] = request.headersDistinct['host'] ?? []
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return peerOf(request).isThisMachine && isLoopback(name)
}

/** `GET /lab` */
export const answerLab = ({ starts, inspect }: Lab, response: ServerResponse): void =>
  answerJson(response, 200, { pid: process.pid, starts, inspect })

/** `POST /lab/kill`: only for a page of ours, which a form of another site is not. */
export const answerKill = (
  { kill }: Lab,
  guard: Guard,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  const refusal = whyRefused(guard, request, true)
  if (refusal !== undefined) return answer(response, 403, refusal)
  response.once('finish', kill)
  answer(response, 202, KILLED)
}
