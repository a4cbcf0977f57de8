import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:tls'
import type { Duplex } from 'node:stream'
import { DEFAULT_LIMITS, isRoomName } from '../protocol/index.ts'
import type { Limits } from '../protocol/index.ts'
import { allowEverybody } from './authority.ts'
import type { Authenticate, Authorize } from './authority.ts'
import { openBatchSecret, openReceiptSecret } from './store-secrets.ts'
import { RelayCore } from './core.ts'
import type { RelayFigures } from './figures.ts'
import { yjsGate } from './gate/index.ts'
import { createHttp } from './http.ts'
import type { HttpParts } from './http.ts'
import type { Lab } from './http-lab.ts'
import type { HandleHttp } from './http.ts'
import { createHttpServer, listenOn, stopListening } from './http-listen.ts'
import { readinessOf } from './http-readiness.ts'
import { createRoomDocument } from './http-room-document.ts'
import { createRoomLog } from './http-room-log.ts'
import { createUpgrades } from './http-upgrade.ts'
import type { Upgrades } from './http-upgrade.ts'
import { createWeb } from './http-web.ts'
import { startLoopWatch } from './jobs/loop-watch.ts'
import type { LoopWatch } from './jobs/loop-watch.ts'
import type { QuarantineRow } from './jobs/quarantine.ts'
import { NO_WORK_NOTE, workNote } from './jobs/work-note.ts'
import { SILENT_LOG } from './log.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { RelayError } from './relay-error.ts'
import { authorityOf, createGuard, isLoopback } from './request-guard.ts'
import { processJobs } from './room-jobs.ts'
import { watchStore } from './store-probe.ts'
import { openLmdbStore } from './stores/lmdb-store.ts'
import type { Store } from './stores/store.ts'
import { DEFAULT_TUNING } from './tuning.ts'
import type { Tuning } from './tuning.ts'

export type RelayOptions = {
  /** A server of yours, listening or not. The relay takes of it upgrades at `/holdfast` and `/y/…`, `/healthz`, `/readyz` and `/metrics`. */
  readonly server?: Server | undefined
  /** Default 8787; 0 takes any free one. */
  readonly port?: number | undefined
  /** Default 127.0.0.1. What other machines can reach needs `authorize` or `isAnyNetworkAllowed`. */
  readonly host?: string | undefined
  /** The folder of the embedded store; or a store of yours, which stays open when the relay closes. */
  readonly dataDir?: string | undefined
  readonly store?: Store | undefined
  /** S14: 32 random bytes by which the relay knows its own batches again; without `dataDir`, whose folder has them, there are none. */
  readonly batchSecret?: Uint8Array | undefined
  /** K7: 32 random bytes, the seed of the key that signs receipts; without `dataDir`, whose folder has them, no receipts are given. */
  readonly receiptSecret?: Uint8Array | undefined
  /** The built web app to serve; not with a server of yours. */
  readonly webDir?: string | undefined
  readonly allowOrigins?: readonly string[] | undefined
  readonly allowHosts?: readonly string[] | undefined
  readonly isAnyNetworkAllowed?: boolean | undefined
  readonly authorize?: Authorize | undefined
  readonly authenticate?: Authenticate | undefined
  /**
   * K6: whether `authorize` or `authenticate` know who a user is, so that whose entries somebody carries has to be shown by a pass. By default they do where one
   * of them is given.
   */
  readonly hasIdentities?: boolean | undefined
  /** Whether document updates are those of Yjs, and looked at before they are stored, or bytes that are stored as they come and never compacted. */
  readonly documents?: 'yjs' | 'opaque' | undefined
  /**
   * S19: events whose stored time is further back than that are left out as logs are compacted, in all rooms; a whole number of ms. Without it they are
   * kept for ever. Documents are not touched: what must not expire belongs into them.
   */
  readonly keepEventsMs?: number | undefined
  /** Lets others than this machine read `/metrics`. */
  readonly metricsToken?: string | undefined
  /** A3: controls that reach into this relay, for this machine alone; not beside a `host` that others reach. */
  readonly lab?: Lab | undefined
  /** A5: answers devices that join; it goes with hooks that let nobody else of the network in. */
  readonly join?: HttpParts['join']
  readonly log?: Log | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly tuning?: Partial<Tuning> | undefined
  /**
   * Watches the event loop from a thread, and writes a line of JSON to stderr as soon as it stands still, with the room that it was
   * at work for: whoever stands still cannot log.
   */
  readonly isLoopWatched?: boolean | undefined
  /** J15: an open file in which a watched relay notes for which room it works, for whoever starts it again. */
  readonly workNoteFd?: number | undefined
  /** J15: rooms that are let nobody in for a while, since earlier processes died of them again and again; `releaseRoom` opens one. */
  readonly closedRooms?: readonly QuarantineRow[] | undefined
  /** Called when the store will take nothing again in this process: end it, and have it started anew. */
  readonly storeLost?: ((error: unknown) => void) | undefined
}

export type Relay = {
  /**
   * Opens the store, then listens. Rejects with a `RelayError` or a `StoreError`, each with a code and one sentence;
   * nothing is left open then.
   */
  readonly listen: () => Promise<{ readonly url: string; readonly port: number }>
  /** Tells every client to come back later, waits for what is being stored, closes. May be called twice. */
  readonly close: (options?: { readonly withinMs?: number }) => Promise<void>
  readonly figures: () => RelayFigures
  /**
   * S17: deletes a room's log for good, under whoever is in it. Resolves with false where there was none. Rejects with a `RelayError` for a name that
   * no room can have, and where the store does not take it; then nothing is deleted.
   */
  readonly deleteRoom: (room: string) => Promise<boolean>
  /** J6: lets the jobs of a room run again that are refused since they failed too often; says whether they were. */
  readonly releaseRoom: (room: string) => boolean
}

const DEFAULT_PORT = 8787
const DEFAULT_HOST = '127.0.0.1'
const DRAIN_MS = 8000

/** A relay that begins with `listen`. Throws a {@link RelayError} where the options do not go together. */
export const createRelay = (options: RelayOptions): Relay => {
  if ((options.store === undefined) === (options.dataDir === undefined)) {
    throw new RelayError('bad-option', 'A relay needs either `dataDir` or `store`.')
  }
  if (options.server !== undefined && options.webDir !== undefined) {
    throw new RelayError('bad-option', 'With a `server` of yours, serve the web app yourself.')
  }
  const { keepEventsMs } = options
  if (keepEventsMs !== undefined && !(Number.isSafeInteger(keepEventsMs) && keepEventsMs >= 1)) {
    const given = String(keepEventsMs)
    throw new RelayError(
      'bad-option',
      `\`keepEventsMs\` is a whole number of milliseconds from 1, not ${given}.`,
    )
  }
  if (keepEventsMs !== undefined && options.documents === 'opaque') {
    throw new RelayError(
      'bad-option',
      'With opaque `documents` logs are not compacted, and `keepEventsMs` would do nothing.',
    )
  }
  const shell = new Shell(options)
  return {
    listen: () => shell.listen(),
    close: ({ withinMs = DRAIN_MS } = {}) => shell.close(withinMs),
    figures: () => shell.core.figures(),
    deleteRoom: async (room) => {
      if (isRoomName(room)) return shell.core.deleteRoom(room)
      throw new RelayError('bad-option', `No room can have the name ${JSON.stringify(room)}.`)
    },
    releaseRoom: (room) => shell.core.releaseRoom(room),
  }
}

/** What is open, to be closed in the order from last to first. */
class Shell {
  readonly #options: RelayOptions
  readonly #server: Server
  #store: Store | undefined
  #core: RelayCore | undefined
  #watch: LoopWatch | undefined
  #detach: (() => void) | undefined
  #stopProbing: () => void = () => undefined
  #closing: Promise<void> | undefined

  constructor(options: RelayOptions) {
    this.#options = options
    this.#server = options.server ?? createHttpServer()
  }

  get core(): RelayCore {
    if (this.#core === undefined) throw new RelayError('bad-option', 'The relay was not started.')
    return this.#core
  }

  async listen(): Promise<{ readonly url: string; readonly port: number }> {
    const { host = DEFAULT_HOST, port = DEFAULT_PORT, log = SILENT_LOG, webDir } = this.#options
    if (!this.#server.listening) this.#refuseOpen(host)
    const web = webDir === undefined ? undefined : createWeb(webDir, log)
    try {
      const warn = (sentence: string): void => log.warn({}, sentence)
      this.#store = this.#options.store ?? (await openLmdbStore(this.#options.dataDir!, { warn }))
      const at = await listenOn(this.#server, port, host)
      this.#refuseOpen(at.host)
      return this.#serve(at, this.#store, web)
    } catch (error) {
      await this.close(0)
      throw error
    }
  }

  /** T28: without anybody to ask for a token, only this machine may come in, unless somebody says otherwise. */
  #refuseOpen(host: string): void {
    const { authorize, isAnyNetworkAllowed, lab, join } = this.#options
    if (isLoopback(host)) return
    // With `join` every request of the lab is from this machine, and its hooks let in nobody else.
    if (lab !== undefined && join === undefined) {
      throw new RelayError(
        'open-lab',
        `Lab controls let pages kill the relay, and ${host} is for other machines too: start it without --lab, or on 127.0.0.1.`,
      )
    }
    if (authorize !== undefined || isAnyNetworkAllowed === true) return
    throw new RelayError(
      'open-network',
      `On ${host} every machine of the network could read and write every room: add --allow-any-network if that is meant, or an \`authorize\` hook.`,
    )
  }

  #serve(
    at: { readonly port: number; readonly host: string },
    store: Store,
    web: ReturnType<typeof createWeb> | undefined,
  ): { readonly url: string; readonly port: number } {
    const {
      log = SILENT_LOG,
      metricsToken,
      lab,
      join,
      authorize,
      authenticate,
      tuning,
      storeLost,
      keepEventsMs,
      documents = 'yjs',
    } = this.#options
    const limits: Limits = { ...DEFAULT_LIMITS, ...this.#options.limits }
    const { workNoteFd, closedRooms } = this.#options
    const note = workNoteFd === undefined ? NO_WORK_NOTE : workNote(workNoteFd)
    if (this.#options.isLoopWatched === true) this.#watch = startLoopWatch({ note })
    const core = new RelayCore({
      store,
      log,
      limits,
      jobs: processJobs,
      closedRooms,
      watch: this.#watch,
      gates: documents === 'yjs' ? yjsGate : undefined,
      batchSecret: this.#batchSecret(),
      receiptSecret: this.#receiptSecret(),
      hasIdentities:
        this.#options.hasIdentities ?? (authorize !== undefined || authenticate !== undefined),
      keepEventsMs,
      ...(tuning === undefined ? {} : { tuning }),
      ...(authorize === undefined ? {} : { authorize }),
      ...(authenticate === undefined ? {} : { authenticate }),
      ...(storeLost === undefined ? {} : { storeLost }),
    })
    this.#core = core
    this.#stopProbing = watchStore(store, (error) => core.storeFailed(error))
    const scheme = this.#server instanceof TlsServer ? 'https' : 'http'
    const { allowHosts = [], allowOrigins = [] } = this.#options
    const guard = createGuard({ ...at, scheme, allowHosts, allowOrigins })
    const { joinMs, jobMs } = { ...DEFAULT_TUNING, ...tuning }
    const reader = { log, authorize: authorize ?? allowEverybody, authenticate }
    const http = createHttp({
      guard,
      readiness: () => readinessOf(core, store),
      metrics: createMetrics(() => core.figures()),
      metricsToken,
      roomLog: createRoomLog({ ...reader, store, withinMs: joinMs }),
      roomDocument: createRoomDocument({
        ...reader,
        documentOf: (...asked) => core.documentOf(...asked),
        withinMs: joinMs + jobMs,
      }),
      lab,
      join,
      web,
    })
    const upgrades = createUpgrades({ guard, core, limits, log })
    this.#attach(http, upgrades)
    const shownHost = isWildcard(at.host) ? DEFAULT_HOST : at.host
    return { url: `${scheme}://${authorityOf(shownHost, at.port, scheme)}`, port: at.port }
  }

  #batchSecret(): Uint8Array | undefined {
    const { batchSecret, dataDir } = this.#options
    return batchSecret ?? (dataDir === undefined ? undefined : openBatchSecret(dataDir))
  }

  #receiptSecret(): Uint8Array | undefined {
    const { receiptSecret, dataDir } = this.#options
    return receiptSecret ?? (dataDir === undefined ? undefined : openReceiptSecret(dataDir))
  }

  #attach(http: HandleHttp, upgrades: Upgrades): void {
    const server = this.#server
    const isGuest = this.#options.server !== undefined
    const others = isGuest ? (server.listeners('request') as RequestListener[]) : []
    for (const other of others) server.off('request', other)
    const onRequest: RequestListener = (request, response) => {
      const otherwise = (): void => others.forEach((other) => other.call(server, request, response))
      http(request, response, others.length > 0 ? otherwise : undefined)
    }
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      const isOnlyOurs = server.listenerCount('upgrade') === 1
      upgrades.handle(request, socket, head, isOnlyOurs)
    }
    server.on('request', onRequest)
    server.on('upgrade', onUpgrade)
    this.#detach = () => {
      server.off('request', onRequest)
      server.off('upgrade', onUpgrade)
      for (const other of others) server.on('request', other)
    }
  }

  close(withinMs: number): Promise<void> {
    this.#closing ??= this.#close(withinMs)
    return this.#closing
  }

  async #close(withinMs: number): Promise<void> {
    this.#stopProbing()
    await this.#core?.drain({ withinMs })
    this.#detach?.()
    if (this.#options.server === undefined) await stopListening(this.#server)
    if (this.#options.store === undefined) await this.#store?.close()
    await this.#watch?.stop()
  }
}

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'
