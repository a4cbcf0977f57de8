export type TunedOptions = {
  /** The options of `createRelay` beside those that the command line has, as they stand in its source. */
  readonly options: string
  /** What stands before the relay is made: `dataDir` is known there, and `valueOf('--name')` gives an argument. */
  readonly before?: string
}

/** The source of a program that calls `createRelay` with what no command line offers, and is else like the relay's own. */
export const tunedRelay =
  ({ options, before = '' }: TunedOptions): ((relayModule: string) => string) =>
  (relayModule) =>
    `
    import { createLog, createRelay, openLmdbStore } from ${JSON.stringify(relayModule)}
    const valueOf = (name) => process.argv[process.argv.indexOf(name) + 1]
    const dataDir = valueOf('--data')
    const webDir = process.argv.includes('--web') ? valueOf('--web') : undefined
    const port = Number(valueOf('--port'))
    ${before}
    const relay = createRelay({ dataDir, port, webDir, log: createLog('warn'), ${options} })
    process.once('SIGTERM', () => void relay.close().then(() => process.exit(0)))
    const { url } = await relay.listen()
    console.log('Holdfast ready at ' + url)`
