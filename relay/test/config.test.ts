import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_DATA_DIR, optionsHelp, parseConfig } from '../config.ts'
import type { RelayConfig } from '../config.ts'

const DEFAULTS: RelayConfig = {
  port: 8787,
  host: '127.0.0.1',
  dataDir: DEFAULT_DATA_DIR,
  webDir: undefined,
  allowOrigins: [],
  allowHosts: [],
  isAnyNetworkAllowed: false,
  metricsToken: undefined,
  keepEventsMs: undefined,
  tuning: undefined,
  isLab: undefined,
  isLan: false,
  logLevel: 'warn',
}

test('without options and variables the relay is for this machine alone', () => {
  assert.deepEqual(parseConfig([], {}), DEFAULTS)
  assert.match(DEFAULT_DATA_DIR, /[\\/]\.holdfast-data$/)
})

test('S19: events are kept for ever, or for so many days', () => {
  const kept = (argv: string[], env = {}): unknown => {
    const config = parseConfig(argv, env)
    assert.ok('host' in config)
    return config.keepEventsMs
  }
  assert.equal(kept([]), undefined)
  assert.equal(kept(['--keep-events-days', '30']), 30 * 86_400_000)
  assert.equal(kept([], { HOLDFAST_KEEP_EVENTS_DAYS: '1' }), 86_400_000)
})

test('S12: a commit waits for others as long as is asked for', () => {
  const gathered = (argv: string[], env = {}): unknown => {
    const config = parseConfig(argv, env)
    assert.ok('host' in config)
    return config.tuning
  }
  assert.equal(gathered([]), undefined)
  assert.deepEqual(gathered(['--gather-ms', '10']), { gatherMs: 10 })
  assert.deepEqual(gathered([], { HOLDFAST_GATHER_MS: '0' }), { gatherMs: 0 })
})

test('A5: --lan listens on every address, and not beside a host', () => {
  const config = parseConfig(['--lan'], {})
  assert.ok('host' in config)
  assert.deepEqual(
    [config.host, config.isLan, config.isAnyNetworkAllowed],
    ['0.0.0.0', true, false],
  )
  for (const [argv, env] of [
    [['--lan', '--host', '127.0.0.1'], {}],
    [['--host', '::'], { HOLDFAST_LAN: '1' }],
  ] as const) {
    const error = parseConfig(argv, env)
    assert.ok('code' in error)
    assert.equal(error.code, 'lan-with-host')
  }
})

test('an option wins over its variable, the last word over the one before', () => {
  const env = { HOLDFAST_PORT: '1', HOLDFAST_HOST: '::1', HOLDFAST_DATA: '/b' }
  assert.deepEqual(parseConfig(['--port', '2', '--port=0', '--data', '/a'], env), {
    ...DEFAULTS,
    port: 0,
    host: '::1',
    dataDir: '/a',
  })
})

test('lists come from repeated options or from a variable with commas', () => {
  const argv = ['--allow-origin', 'https://a.example', '--allow-origin=https://b.example:444']
  const env = {
    HOLDFAST_ALLOW_ORIGIN: 'https://ignored.example',
    HOLDFAST_ALLOW_HOST: 'relay.example, relay.example:8787',
    HOLDFAST_ALLOW_ANY_NETWORK: '1',
  }
  assert.deepEqual(parseConfig(argv, env), {
    ...DEFAULTS,
    allowOrigins: ['https://a.example', 'https://b.example:444'],
    allowHosts: ['relay.example', 'relay.example:8787'],
    isAnyNetworkAllowed: true,
  })
})

test('every option has its variable and its line of help', () => {
  const help = optionsHelp()
  for (const name of ['port', 'host', 'data', 'web', 'metrics-token', 'log-level']) {
    assert.match(help, new RegExp(`--${name} .*HOLDFAST_${name.toUpperCase().replace('-', '_')}`))
  }
})

const BAD: readonly [argv: string[], env: Record<string, string>, code: string][] = [
  [['--prot', '1'], {}, 'unknown-option'],
  [['8787'], {}, 'unknown-option'],
  [['-p', '1'], {}, 'unknown-option'],
  [['--__proto__', '1'], {}, 'unknown-option'],
  [['--constructor=1'], {}, 'unknown-option'],
  [['--port'], {}, 'missing-value'],
  [['--port='], {}, 'missing-value'],
  [['--data', '--port'], {}, 'missing-value'],
  [['--port', '65536'], {}, 'bad-port'],
  [['--port', '-1'], {}, 'bad-port'],
  [['--port', '80a'], {}, 'bad-port'],
  [['--port', '0x50'], {}, 'bad-port'],
  [[], { HOLDFAST_PORT: '1e3' }, 'bad-port'],
  [['--host', '127.0.0.1:80'], {}, 'bad-host'],
  [['--host', 'http://localhost'], {}, 'bad-host'],
  [['--host', 'a b'], {}, 'bad-host'],
  [['--data', 'a\0b'], {}, 'bad-path'],
  [['--allow-host', 'https://relay.example'], {}, 'bad-allow-host'],
  [['--allow-host', 'me@relay.example'], {}, 'bad-allow-host'],
  [['--allow-host', 'Relay.example'], {}, 'bad-allow-host'],
  [['--allow-host', 'relay.example/'], {}, 'bad-allow-host'],
  [['--allow-origin', 'relay.example'], {}, 'bad-allow-origin'],
  [['--allow-origin', 'https://relay.example/'], {}, 'bad-allow-origin'],
  [['--allow-origin', 'https://relay.example:443'], {}, 'bad-allow-origin'],
  [['--allow-origin', 'null'], {}, 'bad-allow-origin'],
  [['--allow-origin', '*'], {}, 'bad-allow-origin'],
  [[], { HOLDFAST_ALLOW_ORIGIN: 'https://a.example,,' }, 'bad-allow-origin'],
  [['--allow-any-network=yes'], {}, 'bad-flag'],
  [['--metrics-token', 'short'], {}, 'bad-metrics-token'],
  [['--keep-events-days', '0'], {}, 'bad-keep-events-days'],
  [['--keep-events-days', '-1'], {}, 'bad-keep-events-days'],
  [['--keep-events-days', '1.5'], {}, 'bad-keep-events-days'],
  [['--keep-events-days', '30d'], {}, 'bad-keep-events-days'],
  [['--keep-events-days', '1000000'], {}, 'bad-keep-events-days'],
  [[], { HOLDFAST_KEEP_EVENTS_DAYS: 'ever' }, 'bad-keep-events-days'],
  [['--gather-ms', '-1'], {}, 'bad-gather-ms'],
  [['--gather-ms', '0.5'], {}, 'bad-gather-ms'],
  [['--gather-ms', '1001'], {}, 'bad-gather-ms'],
  [[], { HOLDFAST_GATHER_MS: '10ms' }, 'bad-gather-ms'],
  [['--log-level', 'loud'], {}, 'bad-log-level'],
  [['--log-level', 'toString'], {}, 'bad-log-level'],
]

for (const [argv, env, code] of BAD) {
  test(`${JSON.stringify([...argv, env])} is answered ${code} with one sentence`, () => {
    const error = parseConfig(argv, env)
    assert.ok('sentence' in error, 'it is refused')
    assert.equal(error.code, code)
    assert.match(error.sentence, /^[^\n\0]+\.$/)
  })
}

test("a sentence never carries an option's control characters to a terminal", () => {
  const error = parseConfig(['--\u001b[2J\u009b\u202e', 'x'], {})
  assert.ok('sentence' in error, 'it is refused')
  assert.doesNotMatch(error.sentence, /[\p{Cc}\p{Cf}]/u)
})
