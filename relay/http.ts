import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, setSecurityHeaders } from './http-answer.ts'
import { parseTarget } from './http-target.ts'
import type { Readiness } from './http-readiness.ts'
import type { ServeWeb } from './http-web.ts'
import type { Metrics } from './metrics.ts'
import { isLoopback, whyRefused } from './request-guard.ts'
import type { Guard } from './request-guard.ts'

export type HttpParts = {
  readonly guard: Guard
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Metrics
  readonly metricsToken: string | undefined
  readonly web: ServeWeb | undefined
}

/** What is not the relay's own goes to `otherwise` where the relay is a guest in another server. */
export type HandleHttp = (
  request: IncomingMessage,
  response: ServerResponse,
  otherwise?: () => void,
) => void

const OWN_PATHS = new Set(['/healthz', '/readyz', '/metrics'])

const NOT_FOUND = { code: 'not-found', sentence: 'There is nothing at this address.' }
const BAD_TARGET = { code: 'bad-url', sentence: 'This address is not well-formed.' }
const BAD_METHOD = { code: 'bad-method', sentence: 'Only GET and HEAD are answered here.' }
const NO_METRICS = {
  code: 'unauthorized',
  sentence: 'Metrics are for this machine, or for who sends the metrics token.',
}
const FAILED = { code: 'failed', sentence: 'The answer to this could not be gathered.' }

/**
 * Answers plain requests: W6 first, then health, metrics and the web app's files. Of a server that is another's it takes
 * health and metrics only, and looks at nothing else.
 */
export const createHttp = (parts: HttpParts): HandleHttp => {
  const { guard, web } = parts
  return (request, response, otherwise) => {
    const target = parseTarget(request.url)
    const isOwn = target !== undefined && OWN_PATHS.has(target.path)
    if (otherwise !== undefined && !isOwn) return otherwise()

    const refusal = whyRefused(guard, request, false)
    if (refusal !== undefined) return answer(response, 403, refusal)
    if (target === undefined) return answer(response, 400, BAD_TARGET)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, 405, BAD_METHOD, { Allow: 'GET, HEAD' })
    }
    if (isOwn) return answerOwn(parts, target.path, request, response)
    const nothing = (): void => answer(response, 404, NOT_FOUND)
    if (web === undefined) return nothing()
    setSecurityHeaders(response)
    web(request, response, nothing)
  }
}

const answerOwn = (
  parts: HttpParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
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
  const { authorization, forwarded, 'x-forwarded-for': forwardedFor } = request.headers
  if (token !== undefined && authorization?.startsWith('Bearer ') === true) {
    return isSame(authorization.slice('Bearer '.length), token)
  }
  if (forwarded !== undefined || forwardedFor !== undefined) return false
  return isLoopback(request.socket.remoteAddress ?? '')
}

/** Takes as long for a near miss as for nonsense. */
const isSame = (given: string, expected: string): boolean => {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a!, b!)
}
