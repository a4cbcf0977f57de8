import { destination, pino } from 'pino'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Structured logs: fields, then one fixed sentence. pino's own logger is one; so is a collector in a test. */
export type Log = {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** For who embeds the relay and wants no logs. */
export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/**
 * JSON lines on stderr: stdout holds the one line that says where the relay is ready. Written at once, so that the last
 * words before an exit are not lost.
 */
export const createLog = (level: LogLevel): Log => {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      redact: ['token', '*.token', 'metricsToken', 'authorization'],
    },
    destination({ dest: 2, sync: true }),
  )
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
