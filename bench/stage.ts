import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/stamp.mjs'
import type { Contestant } from './contestants.ts'
import { LoadProcess } from './load-process.ts'
import { BenchServer } from './server.ts'
import type { Target } from './wire/open-member.ts'

/** What one round of one row has: a server with a fresh folder, and a fresh process for the clients. */
export type Stage = {
  readonly contestant: Contestant
  readonly isQuick: boolean
  readonly server: BenchServer
  readonly load: LoadProcess
  readonly target: Target
  /** The server's folder: on the disk that the project is on. */
  readonly folder: string
}

/** Runs a round; whatever comes of it, its processes are gone and its folder is empty. */
export const onStage = async <Result>(
  contestant: Contestant,
  isQuick: boolean,
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> => {
  const parent = join(root, '.cache', 'bench')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'data-'))
  let server: BenchServer | undefined
  let load: LoadProcess | undefined
  try {
    const starting = LoadProcess.start().then((started) => (load = started))
    // Should the server not start, the load is still waited for, so that it can be ended.
    const [serving] = await Promise.allSettled([BenchServer.start(contestant, folder), starting])
    if (serving.status === 'rejected') throw serving.reason
    server = serving.value
    load = await starting
    const url = `http://127.0.0.1:${server.port}`
    const target = { url, server: contestant.server, dialect: contestant.dialect }
    return await play({ contestant, isQuick, server, load, target, folder })
  } finally {
    await load?.end()
    await server?.end('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
