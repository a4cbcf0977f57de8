import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LOG_LEVELS } from './log.ts'
import type { LogLevel } from './log.ts'
import type { Tuning } from './tuning.ts'

/** What `holdfast relay` runs with, after options, environment and defaults. */
export type RelayConfig = {
  /** 0 asks the system for any free one. */
  readonly port: number
  readonly host: string
  readonly dataDir: string
  /** The built web app; without it the relay serves none. */
  readonly webDir: string | undefined
  readonly allowOrigins: readonly string[]
  readonly allowHosts: readonly string[]
  /** T28: whether a host that other machines can reach is meant, although nobody is asked for a token. */
  readonly isAnyNetworkAllowed: boolean
  readonly metricsToken: string | undefined
  /** S19; undefined keeps them for ever. */
  readonly keepEventsMs: number | undefined
  /** Bounds that were given: S12's `gatherMs`; undefined where none was. */
  readonly tuning: Partial<Tuning> | undefined
  /** A3; undefined where nobody said either. */
  readonly isLab: boolean | undefined
  /** A5 */
  readonly isLan: boolean
  readonly logLevel: LogLevel
}

export type ConfigErrorCode =
  | 'unknown-option'
  | 'missing-value'
  | 'bad-port'
  | 'bad-host'
  | 'lan-with-host'
  | 'bad-path'
  | 'bad-allow-host'
  | 'bad-allow-origin'
  | 'bad-flag'
  | 'bad-metrics-token'
  | 'bad-keep-events-days'
  | 'bad-gather-ms'
  | 'bad-log-level'

/** Why there is no configuration: a code to act on and a sentence to show. */
export type ConfigError = { readonly code: ConfigErrorCode; readonly sentence: string }

type Setting = {
  readonly env: string
  readonly value: string | undefined
  readonly help: string
}

/** Every option: its variable, what its value is called (none: a switch) and its line of help. */
const SETTINGS = {
  port: { env: 'HOLDFAST_PORT', value: 'PORT', help: '0 takes any free one; default 8787' },
  host: { env: 'HOLDFAST_HOST', value: 'HOST', help: 'address to listen on; default 127.0.0.1' },
  data: {
    env: 'HOLDFAST_DATA',
    value: 'DIR',
    help: 'folder of the store; default .holdfast-data in the project',
  },
  web: { env: 'HOLDFAST_WEB', value: 'DIR', help: 'folder of the built web app' },
  'allow-origin': {
    env: 'HOLDFAST_ALLOW_ORIGIN',
    value: 'ORIGIN',
    help: "another page's origin that may connect; may come again",
  },
  'allow-host': {
    env: 'HOLDFAST_ALLOW_HOST',
    value: 'HOST',
    help: 'another name that this relay is reached by; may come again',
  },
  'allow-any-network': {
    env: 'HOLDFAST_ALLOW_ANY_NETWORK',
    value: undefined,
    help: 'listen beyond this machine although nobody is asked for a token',
  },
  'metrics-token': {
    env: 'HOLDFAST_METRICS_TOKEN',
    value: 'TOKEN',
    help: 'lets others than this machine read /metrics',
  },
  'keep-events-days': {
    env: 'HOLDFAST_KEEP_EVENTS_DAYS',
    value: 'N',
    help: 'leaves out events older than that; default: they are kept for ever',
  },
  'gather-ms': {
    env: 'HOLDFAST_GATHER_MS',
    value: 'N',
    help: 'so long each commit waits for what others write; default 0',
  },
  lan: {
    env: 'HOLDFAST_LAN',
    value: undefined,
    help: 'lets in devices of the local network that join by an address printed here, each once',
  },
  lab: {
    env: 'HOLDFAST_LAB',
    value: undefined,
    help: 'lets pages of this machine look into the relay and kill it; npm start does so',
  },
  'log-level': {
    env: 'HOLDFAST_LOG_LEVEL',
    value: 'LEVEL',
    help: `${LOG_LEVELS.join(', ')}; default warn`,
  },
} as const satisfies Record<string, Setting>

type SettingName = keyof typeof SETTINGS
type Given = { readonly from: string; readonly value: string }
type Givens = ReadonlyMap<SettingName, readonly Given[]>
type Env = Readonly<Record<string, string | undefined>>

/**
 * `.holdfast-data` in the project, for a clone; in the working folder, for an installed package, whose own folder the
 * next install empties.
 */
export const DEFAULT_DATA_DIR: string = import.meta.url.endsWith('.ts')
  ? fileURLToPath(new URL('../.holdfast-data', import.meta.url))
  : resolve('.holdfast-data')

/** One line an option, for `--help`. */
export const optionsHelp = (): string =>
  Object.entries(SETTINGS)
    .map(([name, { env, value, help }]) => {
      const option = value === undefined ? `--${name}` : `--${name} ${value}`
      return `  ${option.padEnd(24)}${help} (${env})`
    })
    .join('\n')

/** Pure: options and environment to a configuration, or why not. An option wins over its variable. */
export const parseConfig = (argv: readonly string[], env: Env): RelayConfig | ConfigError => {
  const givens = collect(argv, env)
  return 'sentence' in givens ? givens : judge(givens)
}

const fail = (code: ConfigErrorCode, sentence: string): ConfigError => ({ code, sentence })

const LAN_WITH_HOST = fail(
  'lan-with-host',
  'With --lan the relay listens on every address of this machine: leave --host out.',
)

const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)

const collect = (argv: readonly string[], env: Env): Givens | ConfigError => {
  const givens = new Map<SettingName, Given[]>()
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined || !isSettingName(name)) {
      return fail('unknown-option', `There is no option "${shown(word)}"; see --help.`)
    }
    const isSwitch = SETTINGS[name].value === undefined
    const value = inline ?? (isSwitch ? '1' : argv[++at])
    if (value === undefined || value === '' || (inline === undefined && value.startsWith('--'))) {
      return fail('missing-value', `The option --${name} needs a value.`)
    }
    givens.set(name, [...(givens.get(name) ?? []), { from: `--${name}`, value }])
  }
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = env[SETTINGS[name].env]
    if (givens.has(name) || value === undefined || value === '') continue
    const isList = name === 'allow-origin' || name === 'allow-host'
    const values = isList ? value.split(',').map((part) => part.trim()) : [value]
    givens.set(
      name,
      values.map((part) => ({ from: SETTINGS[name].env, value: part })),
    )
  }
  return givens
}

/** The last word counts where an option came twice. */
const last = (givens: Givens, name: SettingName): Given | undefined => givens.get(name)?.at(-1)

type Check = (given: Given) => ConfigError | undefined

const CHECKS: { readonly [Name in SettingName]: Check } = {
  port: ({ from, value }) =>
    /^\d{1,5}$/.test(value) && Number(value) <= 65_535
      ? undefined
      : fail('bad-port', `A port is a number from 0 to 65535; ${from} says "${shown(value)}".`),
  host: ({ from, value }) =>
    isIP(value) !== 0 || isHostName(value)
      ? undefined
      : fail(
          'bad-host',
          `A host is a name or an address without a port; ${from} says "${shown(value)}".`,
        ),
  data: ({ from, value }) => checkPath(from, value),
  web: ({ from, value }) => checkPath(from, value),
  'allow-origin': ({ from, value }) =>
    isOrigin(value)
      ? undefined
      : fail(
          'bad-allow-origin',
          `An origin is written like https://app.example; ${from} says "${shown(value)}".`,
        ),
  'allow-host': ({ from, value }) =>
    isAuthority(value)
      ? undefined
      : fail(
          'bad-allow-host',
          `A host to allow is written like relay.example or relay.example:8787; ${from} says "${shown(value)}".`,
        ),
  'allow-any-network': (given) => checkSwitch(given),
  lan: (given) => checkSwitch(given),
  lab: (given) => checkSwitch(given),
  'metrics-token': ({ from, value }) =>
    /^[\x21-\x7e]{16,}$/.test(value)
      ? undefined
      : fail('bad-metrics-token', `${from} needs at least 16 visible ASCII characters.`),
  'keep-events-days': ({ from, value }) =>
    /^[1-9]\d{0,5}$/.test(value)
      ? undefined
      : fail(
          'bad-keep-events-days',
          `${from} is a whole number of days from 1 to 999999, not "${shown(value)}".`,
        ),
  'gather-ms': ({ from, value }) =>
    /^\d{1,4}$/.test(value) && Number(value) <= MAX_GATHER_MS
      ? undefined
      : fail(
          'bad-gather-ms',
          `${from} is a whole number of milliseconds from 0 to ${MAX_GATHER_MS}, not "${shown(value)}".`,
        ),
  'log-level': ({ from, value }) =>
    isLogLevel(value)
      ? undefined
      : fail('bad-log-level', `${from} is one of ${LOG_LEVELS.join(', ')}, not "${shown(value)}".`),
}

const DAY_MS = 86_400_000
/** Every ack waits as long: more than this would be taken for a relay that hangs. */
const MAX_GATHER_MS = 1000

const judge = (givens: Givens): RelayConfig | ConfigError => {
  for (const [name, all] of givens) {
    for (const given of all) {
      const error = CHECKS[name](given)
      if (error !== undefined) return error
    }
  }
  const isLan = last(givens, 'lan')?.value === '1'
  if (isLan && givens.has('host')) return LAN_WITH_HOST
  const logLevel = last(givens, 'log-level')?.value ?? 'warn'
  const lab = last(givens, 'lab')
  const days = last(givens, 'keep-events-days')
  const gather = last(givens, 'gather-ms')
  const values = (name: SettingName): string[] => (givens.get(name) ?? []).map(({ value }) => value)
  return {
    port: Number(last(givens, 'port')?.value ?? 8787),
    host: isLan ? '0.0.0.0' : (last(givens, 'host')?.value ?? '127.0.0.1'),
    dataDir: last(givens, 'data')?.value ?? DEFAULT_DATA_DIR,
    webDir: last(givens, 'web')?.value,
    allowOrigins: values('allow-origin'),
    allowHosts: values('allow-host'),
    isAnyNetworkAllowed: last(givens, 'allow-any-network')?.value === '1',
    metricsToken: last(givens, 'metrics-token')?.value,
    keepEventsMs: days === undefined ? undefined : Number(days.value) * DAY_MS,
    tuning: gather === undefined ? undefined : { gatherMs: Number(gather.value) },
    isLab: lab === undefined ? undefined : lab.value === '1',
    isLan,
    logLevel: isLogLevel(logLevel) ? logLevel : 'warn',
  }
}

const isLogLevel = (value: string): value is LogLevel =>
  (LOG_LEVELS as readonly string[]).includes(value)

const isHostName = (value: string): boolean => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value)

/** Whether a browser would write exactly this in a `Host` header. */
const isAuthority = (value: string): boolean => {
  const url = URL.canParse(`http://${value}`) ? new URL(`http://${value}`) : undefined
  return url !== undefined && url.href === `http://${value}/` && url.username === ''
}

/** Whether a browser would write exactly this in an `Origin` header. */
const isOrigin = (value: string): boolean =>
  URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value

const checkSwitch = ({ from, value }: Given): ConfigError | undefined =>
  /^[01]$/.test(value)
    ? undefined
    : fail('bad-flag', `${from} is a switch: 1 or 0, not "${shown(value)}".`)

const checkPath = (from: string, value: string): ConfigError | undefined =>
  value.includes('\0') ? fail('bad-path', `${from} names no folder.`) : undefined

/** Somebody's text in a sentence of ours: no control characters into a terminal, and not for ever. */
const shown = (text: string): string =>
  [...text.slice(0, 60)].map((c) => (/[\p{C}\p{Z}]/u.test(c) && c !== ' ' ? '?' : c)).join('')
