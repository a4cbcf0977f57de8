import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missingOptionalEntries } from '../complete-lockfile.mjs'
import { root } from '../stamp.mjs'
import { importsOf, isTest, readSource, sourceFiles } from './source-tree.ts'

type LockedPackage = {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

type Lockfile = { readonly packages: Readonly<Record<string, LockedPackage>> }

const lockOf = (folder: string): Lockfile =>
  JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lockfile

const lock = lockOf(root)
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

const MODULES = 'node_modules/'

/** What runs in a user's page or relay. */
const RUNTIME = /^(MIT|ISC|0BSD|BSD|BSD-[23]-Clause|Apache-2\.0)$/
/** What only runs here; weak copyleft on the tool itself does not reach what it works on. */
const TOOL = /^(MPL-2\.0|BlueOak-1\.0\.0|CC0-1\.0|CC-BY-[34]\.0|Python-2\.0|Unlicense|Zlib)$/

/** Whether an SPDX expression can be met by licences that `isAllowed` accepts. */
const canBeMet = (expression: string, isAllowed: (licence: string) => boolean): boolean =>
  expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => isAllowed(licence.trim())))

const isRuntimeLicence = (licence: string): boolean => RUNTIME.test(licence)
const isToolLicence = (licence: string): boolean => RUNTIME.test(licence) || TOOL.test(licence)

test('every package that is shipped has a permissive licence', () => {
  const shipped = packages.filter(([, { dev }]) => dev !== true)
  assert.ok(shipped.length > 0)
  const wrong = shipped.filter(([, { license }]) => !canBeMet(license ?? '', isRuntimeLicence))
  assert.deepEqual(
    wrong.map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
})

/** What Vite builds into the pages: the packages that web/ imports, with all that those need. */
const inPages = (): ReadonlySet<string> => {
  const found = new Set<string>()
  const take = (name: string): void => {
    const locked = lock.packages[MODULES + name]
    if (found.has(name) || locked === undefined) return
    found.add(name)
    for (const needed of Object.keys(locked.dependencies ?? {})) take(needed)
  }
  const sources = sourceFiles('.ts').filter(
    (path) => /^web\/(?!build\/)/.test(path) && !isTest(path),
  )
  for (const { specifier, isType } of sources.flatMap((at) => importsOf(at, readSource(at)))) {
    const depth = specifier.startsWith('@') ? 2 : 1
    if (!isType) take(specifier.split('/', depth).join('/'))
  }
  return found
}

test('every package that is built into the pages has a permissive licence', () => {
  const built = inPages()
  assert.ok(built.has('yjs'))
  const wrong = packages.filter(([path, { license }]) => {
    return built.has(path.slice(MODULES.length)) && !canBeMet(license ?? '', isRuntimeLicence)
  })
  assert.deepEqual(
    wrong.map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
})

test('every tool has a licence without strings on our own work', () => {
  const tools = packages.filter(([, { dev }]) => dev === true)
  const wrong = tools.filter(([, { license }]) => !canBeMet(license ?? '', isToolLicence))
  assert.deepEqual(
    wrong.map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
})

/** Packages that these licences do not let in, by the lockfile alone: what is installed on demand may not be there. */
const refused = (all: Lockfile['packages']): string[] =>
  Object.entries(all)
    .filter(([path, { license }]) => path !== '' && !canBeMet(license ?? '', isRuntimeLicence))
    .map(([path, { license }]) => `${path}: ${license}`)

test('every server that is measured beside ours, and what it needs, has a permissive licence', () => {
  const { packages: peers } = lockOf(join(root, 'bench'))
  const asked = Object.keys(peers['']?.dependencies ?? {})
  assert.ok(asked.length > 0)
  for (const name of asked) assert.ok(peers[MODULES + name] !== undefined, name)
  assert.deepEqual(refused(peers), [])
})

test('a package without a licence, or with one that has strings, is refused', () => {
  const some = { '': {}, a: { license: 'MIT' }, b: {}, c: { license: 'GPL-3.0' } }
  assert.deepEqual(refused(some), ['b: undefined', 'c: GPL-3.0'])
})

test('the lockfile names the optional packages of every platform', () => {
  const missing = missingOptionalEntries(lock.packages)
  assert.deepEqual(
    missing.map(([path]) => path),
    [],
    'mended by: npm run lockfile',
  )
})

test('licence expressions are judged as they are meant', () => {
  assert.ok(canBeMet('MIT', isRuntimeLicence))
  assert.ok(canBeMet('(MIT OR GPL-3.0)', isRuntimeLicence))
  assert.ok(!canBeMet('MIT AND GPL-3.0', isRuntimeLicence))
  assert.ok(!canBeMet('AGPL-3.0', isToolLicence))
  assert.ok(!canBeMet('MPL-2.0', isRuntimeLicence))
  assert.ok(canBeMet('MPL-2.0', isToolLicence))
  assert.ok(!canBeMet('', isToolLicence))
})
