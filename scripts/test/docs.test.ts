import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { SAVE_SENTENCES } from '../../kit/save-status.ts'
import { ERROR_CODES } from '../../kit/holdfast-error.ts'
import { cleanPlan } from '../../kit/testing/index.ts'
import { CLOSE_CODES, DEFAULT_LIMITS, isFinal } from '../../protocol/index.ts'
import { DENY_CODES, PART_CODES, RESET_REASONS } from '../../protocol/frame.ts'
import { REJECT_CODES } from '../../protocol/batch.ts'
import { optionsHelp } from '../../relay/config.ts'
import { newFigures } from '../../relay/figures.ts'
import { createMetrics } from '../../relay/metrics.ts'
import { DEFAULT_TUNING } from '../../relay/tuning.ts'
import { root } from '../stamp.mjs'
import { readSource, stringsOf } from './source-tree.ts'

/* The docs say what the code says: what can be compared is compared here. */

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const pages = (): string[] => {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const all = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inDocs.map((at) => `docs/${at}`)]
  return all.filter((path) => path.endsWith('.md')).map((path) => path.replaceAll('\\', '/'))
}

/** The rows of every table: the text of each cell, without the lines of dashes. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))

/** The text under a heading, up to the next one of the same level. */
const section = (path: string, heading: string): string => {
  const text = read(path)
  const at = text.indexOf(`\n## ${heading}\n`)
  assert.ok(at !== -1, `${path} has no part "${heading}"`)
  const end = text.indexOf('\n## ', at + 1)
  return text.slice(at, end === -1 ? undefined : end)
}

const codesIn = (text: string): string[] => [...text.matchAll(/`([^`\s]+)`/g)].map(([, at]) => at!)

/** The codes in the first cells of the tables of a part. */
const explained = (path: string, heading: string): Set<string> =>
  new Set(rowsOf(section(path, heading)).flatMap((cells) => codesIn(cells[0]!)))

/** The words of a union of strings, as a source file writes it. */
const unionIn = (path: string, pattern: RegExp): string[] => {
  const [, union] = pattern.exec(readSource(path)) ?? []
  assert.ok(union !== undefined, `${path} has no ${String(pattern)}`)
  return [...union.matchAll(/'([a-z-]+)'/g)].map(([, word]) => word!)
}

const typeNamed = (name: string): RegExp =>
  new RegExp(`export type ${name} =((?:\\s*\\|?\\s*'[a-z-]+')+)`)

const missingOf = (codes: readonly string[], known: ReadonlySet<string>): string[] => {
  assert.ok(codes.length > 0)
  return codes.filter((code) => !known.has(code))
}

test('every HoldfastError is explained, and whether trying again can help', () => {
  const rows = rowsOf(section('docs/errors.md', 'In an app: `HoldfastError`')).slice(1)
  const said = rows.map(([code, retryable]) => [codesIn(code!)[0]!, retryable])
  const real = Object.entries(ERROR_CODES).map(([code, { retryable }]) => {
    return [code, retryable ? 'yes' : 'no']
  })
  assert.deepEqual(said, real)
})

test('every way in which a browser fails to store is explained', () => {
  const codes = unionIn('kit/ports.ts', /export type StorageFailure = \{\s*readonly code:([^\n]+)/)
  const part = section('docs/errors.md', 'In an app: `HoldfastError`')
  assert.deepEqual(missingOf(codes, new Set(codesIn(part))), [])
})

test('every close code is explained, with its number and whether it is final', () => {
  const rows = rowsOf(section('docs/errors.md', 'Close codes of the socket')).slice(1)
  const said = new Map(rows.map(([code, name, , next]) => [name, [Number(code), next]] as const))
  for (const [name, code] of Object.entries(CLOSE_CODES)) {
    const [number, next] = said.get(`\`${name}\``) ?? []
    assert.equal(number, code, name)
    if (code !== CLOSE_CODES.normal) {
      assert.equal(String(next).startsWith('Stays away'), isFinal(code), `${name}: ${next}`)
    }
  }
})

test('every code of a room on a connection is explained', () => {
  const heading = 'A room on a connection'
  const codes = [...Object.keys(PART_CODES), ...DENY_CODES, ...REJECT_CODES, ...RESET_REASONS]
  assert.deepEqual(missingOf([...codes, 'damaged'], explained('docs/errors.md', heading)), [])
  const rows = rowsOf(section('docs/errors.md', heading))
  for (const [code, { final }] of Object.entries(PART_CODES)) {
    const row = rows.find(([cell]) => cell === `\`${code}\``)
    assert.equal(row?.[1], final ? 'yes' : 'no', code)
  }
})

test('every reason not to start is explained', () => {
  const codes = [
    ...unionIn('relay/relay-error.ts', typeNamed('RelayErrorCode')),
    ...unionIn('relay/config.ts', typeNamed('ConfigErrorCode')),
  ]
  assert.deepEqual(missingOf(codes, explained('docs/errors.md', 'The relay does not start')), [])
})

test('every code of a store is explained', () => {
  const codes = unionIn('relay/stores/store.ts', typeNamed('StoreErrorCode'))
  assert.deepEqual(missingOf(codes, explained('docs/errors.md', 'The store')), [])
})

test('every code of an HTTP answer is explained', () => {
  const files = readdirSync(join(root, 'relay')).filter((file) =>
    /^(http|request-guard)/.test(file),
  )
  const codes = files.flatMap((file) => {
    return [...readSource(`relay/${file}`).matchAll(/\bcode: '([a-z-]+)'/g)].map(
      ([, code]) => code!,
    )
  })
  const refusals = unionIn('relay/request-guard.ts', /readonly code: ('bad-host'[^\n]+)/)
  const known = new Set(codesIn(section('docs/errors.md', 'HTTP')))
  assert.deepEqual(missingOf([...codes, ...refusals], known), [])
})

test('every reason not to export or import is explained', () => {
  const codes = unionIn('relay/transfer-error.ts', typeNamed('TransferErrorCode'))
  const known = new Set(
    codesIn(section('docs/errors.md', '`holdfast export` and `holdfast import`')),
  )
  assert.deepEqual(missingOf(codes, known), [])
})

test('everything that inspect can find is explained', () => {
  const codes = [
    ...unionIn('relay/inspect-log.ts', typeNamed('ViolationCode')),
    ...unionIn('relay/inspect-store.ts', /readonly code: ('no-store'[^\n]+)/),
  ]
  const known = new Set(codesIn(section('docs/errors.md', '`holdfast inspect`')))
  assert.deepEqual(missingOf(codes, known), [])
})

test('every fault that an address can get wrong is explained', () => {
  const codes = unionIn('kit/testing/fault-plan.ts', typeNamed('FaultPlanErrorCode'))
  const known = new Set(codesIn(section('docs/errors.md', 'Faults in an address')))
  assert.deepEqual(missingOf(codes, known), [])
})

test('every fault that an address can name is listed', () => {
  const known = explained('docs/errors.md', 'Faults in an address')
  const fields = Object.keys(cleanPlan(0)).map((field) => `fault.${field}`)
  assert.deepEqual(missingOf(fields, known), [])
})

test('the README has the sentences of the light', () => {
  const rows = rowsOf(section('README.md', 'The light'))
  const said = new Map(rows.map(([state, sentence]) => [codesIn(state!)[0], sentence]))
  for (const [state, sentence] of Object.entries(SAVE_SENTENCES)) {
    assert.equal(said.get(state), sentence)
  }
})

test('every option of the relay is listed with its variable', () => {
  const text = section('docs/operations.md', 'Run')
  for (const line of optionsHelp().split('\n')) {
    const [, option] = /^ {2}(--[a-z-]+(?: [A-Z]+)?) /.exec(line) ?? []
    const [, variable] = /\((HOLDFAST_[A-Z_]+)\)$/.exec(line) ?? []
    assert.ok(text.includes(`| \`${option}\` | \`${variable}\` |`), line)
  }
})

test('every metric is listed, and no other', async () => {
  const page = await createMetrics(() => newFigures()).page()
  const real = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
  const cells = rowsOf(section('docs/operations.md', 'Metrics')).map(([first]) => first!)
  const said = cells.flatMap((cell) => codesIn(cell)).map((name) => name.replace(/\{.*/, ''))
  assert.deepEqual(said.toSorted(), real.toSorted())
})

test('every bound is listed with its value', () => {
  const rows = rowsOf(section('docs/operations.md', 'Limits'))
  const said = new Map(rows.map(([name, value]) => [codesIn(name!)[0], value]))
  for (const [name, value] of Object.entries({ ...DEFAULT_LIMITS, ...DEFAULT_TUNING })) {
    assert.equal(said.get(name), value.toLocaleString('en-US'), name)
  }
})

test('every dependency has its reason', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
  }
  const text = read('docs/decisions/0009-tools-and-libraries.md')
  const names = Object.keys({ ...dependencies, ...devDependencies })
  assert.deepEqual(
    names.filter((name) => !text.includes(`**${name}**`)),
    [],
  )
})

test('every rule stands behind a promise, and each promise names tests that quote its rules', () => {
  const spec = [...readSource('protocol/SPEC.md').matchAll(/^- \*\*([WOSCEPKVA]\d+)\*\*/gm)]
  const text = read('docs/guarantees.md').replaceAll(/\n {3,}/g, ' ')
  const promises = [...text.matchAll(/Rules: (.+?)\\ Tests: (.+)$/gm)]
  assert.ok(promises.length > 10)
  const promised = new Set(promises.flatMap(([, rules]) => rules!.split(', ')))
  assert.deepEqual(
    spec.map(([, rule]) => rule!).filter((rule) => !promised.has(rule)),
    [],
  )
  for (const [, rules, tests] of promises) {
    for (const path of codesIn(tests!)) {
      assert.ok(existsSync(join(root, path)), `${path} is not there`)
      const titles = stringsOf(path, readSource(path)).join('\n')
      const isQuoted = rules!
        .split(', ')
        .some((rule) => new RegExp(`^(?:[A-Z]\\d+, )*${rule}(?:, [A-Z]\\d+)*: `, 'm').test(titles))
      assert.ok(isQuoted, `${path} quotes none of ${rules}`)
    }
  }
})

test('every link and every file that the docs name is there', () => {
  const wrong: string[] = []
  for (const page of pages()) {
    const text = read(page)
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [path, anchor] = target!.split('#')
      if (/^https?:/.test(target!)) continue
      const file = path === '' ? page : relative(root, join(root, dirname(page), path!))
      if (!existsSync(join(root, file))) wrong.push(`${page}: ${target}`)
      else if (anchor !== undefined && !anchorsOf(read(file)).has(anchor)) {
        wrong.push(`${page}: ${target}`)
      }
    }
    for (const [, path] of text.matchAll(
      /`((?:protocol|kit|relay|web|e2e|scripts|docs)\/[\w./-]+)`/g,
    )) {
      if (!existsSync(join(root, path!))) wrong.push(`${page}: ${path}`)
    }
  }
  assert.deepEqual(wrong, [])
})

/** As GitHub names its headings. */
const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )

test('no page of the docs names a path of one machine', () => {
  const pattern = /(?<![\w.\])}])\/(home|root|Users|work|tmp)\/\w/
  assert.deepEqual(
    pages().filter((page) => pattern.test(read(page))),
    [],
  )
})
