import { fileURLToPath } from 'node:url'
import { parseConfig } from '../config.ts'
import { relayEnv } from '../keeper.ts'
import { RELAY_HELP } from '../main.ts'
import { nodeOptions } from '../node-options.ts'
import { checkStore } from './check-store.ts'
import { startRelay } from './child.ts'
import type { RelayChild } from './child.ts'
import { SUPERVISION, Supervisor } from './machine.ts'
import type { StopSignal, SupervisorEffect, SupervisorInput, SupervisorOptions } from './machine.ts'
import { KeptSecrets } from './kept-secrets.ts'
import { watchRoomDeaths } from './room-deaths.ts'

export const SUPERVISE_HELP: string = `Usage: holdfast supervise [options]

Runs "holdfast relay" with these options as a process of its own, and starts it again when it was killed or crashed.
${RELAY_HELP.slice(RELAY_HELP.indexOf('\n') + 1).trimStart()}`

/** A module beside this one: a file of TypeScript here, of JavaScript where it was built. */
const ownPath = (name: string): string => {
  const url = import.meta.url
  return fileURLToPath(new URL(name + url.slice(url.lastIndexOf('.')), url))
}

/**
 * Runs the relay as a child and starts it again; resolves with the exit code: the relay's own where it was stopped or could
 * not begin, 3 where it died again and again. `options` in place of the usual patience.
 */
export const supervise = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: SupervisorOptions = SUPERVISION,
): Promise<number> => {
  const config = parseConfig(argv, env)
  // A relay that cannot read its options says so itself.
  const dataDir = 'sentence' in config ? undefined : config.dataDir
  const program = [...nodeOptions(), ownPath('../main'), ...argv]
  return new Promise((resolve) => {
    const machine = new Supervisor(options)
    let child: RelayChild | undefined
    const checking = new AbortController()
    const secrets = dataDir === undefined ? undefined : new KeptSecrets(dataDir)
    const deaths = watchRoomDeaths(() => performance.now())
    let timer: NodeJS.Timeout | undefined
    const tell = (input: SupervisorInput): void => {
      for (const effect of machine.handle(input, performance.now())) act(effect)
      clearTimeout(timer)
      const deadline = machine.deadline()
      if (deadline === undefined) return
      timer = setTimeout(() => tell({ type: 'time' }), Math.ceil(deadline - performance.now()))
    }
    const onStop = (signal: StopSignal): void => tell({ type: 'stop', signal })
    const act = (effect: SupervisorEffect): void => {
      switch (effect.type) {
        case 'check':
          void checkStore(dataDir, checking.signal, say).then((failure) =>
            tell({ type: 'checked', failure }),
          )
          return
        case 'start': {
          const { starts, port } = effect
          const args = port === undefined ? program : [...program, '--port', String(port)]
          const { noteFd } = deaths
          const told = { starts, hasServed: port !== undefined, hasNote: noteFd !== undefined }
          const closedRooms = deaths.closedRooms()
          const sentence = secrets?.putBack()
          if (sentence !== undefined) say(sentence)
          child = startRelay(args, relayEnv(env, { ...told, closedRooms }), noteFd, {
            served: (at) => {
              secrets?.served()
              tell({ type: 'served', port: at })
            },
            failed: say,
            ended: (ended) => {
              for (const sentence of deaths.died(ended)) say(sentence)
              tell({ type: 'ended', ...ended })
            },
          })
          return
        }
        case 'stop':
          checking.abort()
          return child?.stop(effect.signal)
        case 'say':
          return say(effect.sentence)
        case 'end':
          process.off('SIGINT', onStop).off('SIGTERM', onStop)
          deaths.close()
          return resolve(effect.code)
      }
    }
    process.on('SIGINT', onStop).on('SIGTERM', onStop)
    tell({ type: 'begin' })
  })
}

const say = (sentence: string): void => console.error(sentence)
