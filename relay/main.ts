import { optionsHelp, parseConfig } from './config.ts'
import type { RelayConfig } from './config.ts'
import { inspectCommandFor } from './inspect-command.ts'
import { findKeeper } from './keeper.ts'
import { openLan } from './lan/lan.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import { runAsProgram } from './program.ts'
import { RelayError } from './relay-error.ts'
import { createRelay } from './relay.ts'
import type { Relay } from './relay.ts'
import { isLoopback } from './request-guard.ts'
import { StoreError } from './stores/store.ts'

const DRAIN_MS = 8000
const CRASH_DRAIN_MS = 1000
/** What the store may take to close behind the drain, before the process ends without it. */
const STORE_CLOSE_MS = 7000

export const RELAY_HELP: string = `Usage: holdfast relay [options]

Starts the relay. Each option may also be given by the variable behind it.
${optionsHelp()}`

/**
 * Runs the relay until SIGINT, SIGTERM or a bug of ours ends it; resolves with the exit code. On stdout it prints one
 * line, when and only when it can serve; all else goes to stderr.
 */
export const runRelay = async (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  if (argv.includes('--help')) {
    console.log(RELAY_HELP)
    return 0
  }
  const config = parseConfig(argv, env)
  if ('sentence' in config) {
    console.error(config.sentence)
    return 1
  }
  const log = createLog(config.logLevel)
  const ending = watchForEnding(log)
  try {
    return await serve(config, log, ending)
  } catch (error) {
    log.debug({ error: stackOf(error) }, 'the relay did not start')
    console.error(sentenceOf(error))
    return 1
  } finally {
    ending.stopWatching()
  }
}

type Ending = 'signal' | 'crash'

type Watch = {
  readonly ended: Promise<Ending>
  readonly stopWatching: () => void
  readonly storeLost: (error: unknown) => void
}

const serve = async (
  config: RelayConfig,
  log: Log,
  { ended, storeLost }: Watch,
): Promise<number> => {
  const keeper = findKeeper(process.env)
  // Who starts it again may well let it be killed, where nobody else is harmed.
  const isLab = config.isLab ?? (keeper.isDemo && (config.isLan || isLoopback(config.host)))
  const { starts, kill, workNoteFd, closedRooms } = keeper
  const lab = isLab ? { starts, kill, inspect: inspectCommandFor(config.dataDir) } : undefined
  const lan = config.isLan
    ? openLan({ dataDir: config.dataDir, print: console.log, isTerminal: process.stdout.isTTY })
    : undefined
  const relay = createRelay({
    ...config,
    ...lan?.options,
    log,
    storeLost,
    lab,
    isLoopWatched: true,
    workNoteFd,
    closedRooms,
  })
  const started = await Promise.race([relay.listen(), ended])
  // What a start has begun by then needs no undoing: the store is made to lose its process at any moment.
  if (typeof started === 'string') return started === 'signal' ? 0 : 1
  if (!keeper.hasServed) console.log(`Holdfast ready at ${started.url}`)
  keeper.ready(started.port)
  lan?.begin(started.port)
  const ending = await ended
  const withinMs = ending === 'crash' ? CRASH_DRAIN_MS : DRAIN_MS
  const isClosed = await closeWithin(relay, withinMs, log)
  return ending === 'signal' && isClosed ? 0 : 1
}

const closeWithin = async (relay: Relay, withinMs: number, log: Log): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const tooLate = (): void => reject(new Error('closing took too long'))
    timer = setTimeout(tooLate, withinMs + STORE_CLOSE_MS)
  })
  try {
    await Promise.race([relay.close({ withinMs }), late])
    return true
  } catch (error) {
    log.error({ error: stackOf(error) }, 'the relay could not close cleanly; nothing acked is lost')
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** The first signal or the first bug of ours. npm delivers Ctrl-C twice, so that no later signal means force. */
const watchForEnding = (log: Log): Watch => {
  let end: (ending: Ending) => void
  const ended = new Promise<Ending>((resolve) => {
    end = resolve
  })
  const onSignal = (): void => end('signal')
  const onCrash = (error: unknown): void => {
    log.error({ error: stackOf(error) }, "a bug of the relay's own; it ends to be started anew")
    end('crash')
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  // Whoever started us as a child is gone, and nobody else knows of us.
  process.on('disconnect', onSignal)
  // A rejection that nobody handles comes as one, too.
  process.on('uncaughtException', onCrash)
  const stopWatching = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('disconnect', onSignal)
    process.off('uncaughtException', onCrash)
  }
  const storeLost = (error: unknown): void => {
    log.error({ error: stackOf(error) }, 'the store is lost; the relay ends to be started anew')
    end('crash')
  }
  return { ended, stopWatching, storeLost }
}

const sentenceOf = (error: unknown): string => {
  if (error instanceof RelayError || error instanceof StoreError) return error.message
  const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n')
  return `The relay could not start: ${firstLine}`
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

runAsProgram(import.meta.url, () => runRelay(process.argv.slice(2), process.env))
