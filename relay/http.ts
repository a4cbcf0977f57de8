import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, setSecurityHeaders } from './http-answer.ts'
import { answerKill, answerLab, mayUseLab } from './http-lab.ts'
import type { Lab } from './http-lab.ts'
import { isRoomDocumentPath } from './http-room-document.ts'
import type { createRoomDocument } from './http-room-document.ts'
import { isRoomLogPath } from './http-room-log.ts'
import type { createRoomLog } from './http-room-log.ts'
import { parseTarget } from './http-target.ts'
import type { Target } from './http-target.ts'
import type { Readiness } from './http-readiness.ts'
import type { ServeWeb } from './http-web.ts'
import type { Metrics } from './metrics.ts'
import { peerOf } from './peer.ts'
import { whyRefused } from './request-guard.ts'
import type { Guard } from './request-guard.ts'

export type HttpParts = {
  readonly guard: Guard
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Metrics
  readonly metricsToken: string | undefined
  readonly roomLog: ReturnType<typeof createRoomLog>
  readonly roomDocument: ReturnType<typeof createRoomDocument>
  readonly lab: Lab | undefined
  /** A5 */
  readonly join: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  readonly web: ServeWeb | undefined
}

/** What is not the relay's own goes to `otherwise` where the relay is a guest in another server. */
export type HandleHttp = (
  request: IncomingMessage,
  response: ServerResponse,
  otherwise?: () => void,
) => void

const OWN_PATHS = new Set(['/healthz', '/readyz', '/metrics'])
const isOwnPath = (path: string): boolean =>
  OWN_PATHS.has(path) || isRoomLogPath(path) || isRoomDocumentPath(path)
const KILL_PATH = '/lab/kill'
const JOIN_PATH = '/join'

const NOT_FOUND = { code: 'not-found', sentence: 'There is nothing at this address.' }
const BAD_TARGET = { code: 'bad-url', sentence: 'This address is not well-formed.' }
const BAD_METHOD = { code: 'bad-method', sentence: 'This address is not asked in this way.' }
const NO_METRICS = {
  code: 'unauthorized',
  sentence: 'Metrics are for this machine, or for who sends the metrics token.',
}
const FAILED = { code: 'failed', sentence: 'The answer to this could not be gathered.' }

/**
 * Answers plain requests: W6 first, then health, metrics, rooms' logs and documents, the lab and the web app's files. Of a server that is
 * another's it takes what is its own only, and looks at nothing else.
 */
export const createHttp = (parts: HttpParts): HandleHttp => {
  const { guard, web } = parts
  return (request, response, otherwise) => {
    const target = parseTarget(request.url)
    const isOwn = target !== undefined && isOwnPath(target.path)
    if (otherwise !== undefined && !isOwn) return otherwise()

    const refusal = whyRefused(guard, request, false)
    if (refusal !== undefined) return answer(response, 403, refusal)
    if (target === undefined) return answer(response, 400, BAD_TARGET)
    const lab = mayUseLab(request) ? parts.lab : undefined
    if (lab !== undefined && target.path === KILL_PATH && request.method === 'POST') {
      return answerKill(lab, guard, request, response)
    }
    if (parts.join !== undefined && target.path === JOIN_PATH && request.method === 'POST') {
      const foreign = whyRefused(guard, request, true)
      return foreign === undefined ? parts.join(request, response) : answer(response, 403, foreign)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, 405, BAD_METHOD, { Allow: 'GET, HEAD' })
    }
    if (isOwn) return answerOwn(parts, target, request, response)
    if (lab !== undefined && target.path === '/lab') return answerLab(lab, response)
    const nothing = (): void => answer(response, 404, NOT_FOUND)
    if (web === undefined) return nothing()
    setSecurityHeaders(response)
    web(request, response, target, nothing)
  }
}

const answerOwn = (
  parts: HttpParts,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  const { path } = target
  if (isRoomLogPath(path)) return parts.roomLog(request, response, target)
  if (isRoomDocumentPath(path)) return parts.roomDocument(request, response, target)
  if (path === '/healthz') {
    return answer(response, 200, { code: 'alive', sentence: 'The process works.' })
  }
  if (path === '/readyz') {
    return whenKnown(parts.readiness(), response, (readiness) =>
      'sentence' in readiness
        ? answer(response, 503, readiness, { 'Retry-After': '1' })
        : answer(response, 200, { code: 'ready', sentence: 'The relay serves.' }),
    )
  }
  if (!mayReadMetrics(request, parts.metricsToken)) {
    return answer(response, 401, NO_METRICS, { 'WWW-Authenticate': 'Bearer' })
  }
  whenKnown(parts.metrics.page(), response, (page) => {
    setSecurityHeaders(response)
    const { contentType } = parts.metrics
    response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' })
    response.end(page)
  })
}

const whenKnown = <Value>(
  promised: Promise<Value>,
  response: ServerResponse,
  then: (value: Value) => void,
): void => {
  promised.then(then, () => answer(response, 500, FAILED))
}

/** This machine itself, unless it asks for somebody else as a proxy does; or the bearer of the token. */
const mayReadMetrics = (request: IncomingMessage, token: string | undefined): boolean => {
  const { authorization } = request.headers
  if (token !== undefined && authorization?.startsWith('Bearer ') === true) {
    return isSame(authorization.slice('Bearer '.length), token)
  }
  return peerOf(request).isThisMachine
}

/** Takes as long for a near miss as for nonsense. */
const isSame = (given: string, expected: string): boolean => {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a!, b!)
}
