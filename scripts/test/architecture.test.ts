import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forbiddenImports, importCycles } from './import-rules.ts'
import type { ImportGraph } from './import-rules.ts'
import { importsOf, isTest, nodesOf, readSource, sourceFiles } from './source-tree.ts'

const theGraph = (): ImportGraph =>
  new Map(sourceFiles('.ts', '.mjs').map((path) => [path, importsOf(path, readSource(path))]))

/** A made-up project: each file with its source text. */
const graphOf = (files: Record<string, string>): ImportGraph =>
  new Map(Object.entries(files).map(([path, text]) => [path, importsOf(path, text)]))

/** What a pure and synchronous machine has no use for. */
const FORBIDDEN_IN_PROTOCOL = new Set([
  'Date',
  'Promise',
  'setTimeout',
  'setInterval',
  'queueMicrotask',
])

const impurities = (path: string, text: string): string[] => {
  const found: string[] = []
  for (const node of nodesOf(path, text)) {
    const name = node.type === 'Identifier' ? String(node['name']) : undefined
    if (name !== undefined && FORBIDDEN_IN_PROTOCOL.has(name)) found.push(name)
    if (node['async'] === true) found.push('async')
    if (node.type === 'AwaitExpression' || node['await'] === true) found.push('await')
    if (node.type === 'MemberExpression' && text.slice(...span(node)) === 'Math.random') {
      found.push('Math.random')
    }
  }
  return found
}

const span = (node: { readonly [key: string]: unknown }): [number, number] => [
  Number(node['start']),
  Number(node['end']),
]

test('every room imports only what it may', () => {
  assert.deepEqual(forbiddenImports(theGraph()), [])
})

test('no files import each other in a circle', () => {
  assert.deepEqual(importCycles(theGraph()), [])
})

test('the protocol has no clock, randomness, promise or timer', () => {
  const files = sourceFiles('.ts').filter((path) => path.startsWith('protocol/') && !isTest(path))
  const found = files.flatMap((path) =>
    impurities(path, readSource(path)).map((name) => `${path}: ${name}`),
  )
  assert.deepEqual(found, [])
})

test('each way past the walls between the rooms is found', () => {
  const wrong: Record<string, string> = {
    'protocol/a.ts': "import { b } from '../kit/index.ts'",
    'protocol/b.ts': "import { readFileSync } from 'node:fs'",
    'protocol/c.ts': "import * as Y from 'yjs'",
    'protocol/test/a.test.ts': "import { b } from '../../relay/index.ts'",
    'kit/a.ts': "import { b } from '../relay/index.ts'",
    'kit/b.ts': "export * from '../protocol/codec.ts'",
    'kit/c.ts': "import * as Y from 'yjs'",
    'kit/d.ts': "import { WebSocket } from 'ws'",
    'relay/a.ts': "import type { Room } from '../kit/index.ts'",
    'relay/b.ts': "import * as Y from 'yjs'",
    'relay/c.ts': "const more = await import('../protocol/codec.ts')",
    'web/a.ts': "import { b } from '../protocol/index.ts'",
    'web/b.ts': "import { b } from '../kit/driver.ts'",
    'web/c.ts': "import { b } from '../../elsewhere.ts'",
    'e2e/a.spec.ts': "import { b } from '../kit/index.ts'",
    'e2e/b.ts': "import { b } from '../relay/index.ts'",
  }
  const found = forbiddenImports(graphOf(wrong)).map((line) => line.split(' → ')[0])
  assert.deepEqual(found, Object.keys(wrong))
})

test('what the rooms may do is left alone', () => {
  const right: Record<string, string> = {
    'protocol/a.ts': "import * as encoding from 'lib0/encoding'; export { b } from './b.ts'",
    'protocol/test/a.test.ts': "import { test } from 'node:test'; import '../a.ts'",
    'kit/a.ts': "import { b } from '../protocol/index.ts'; import type { Doc } from 'yjs'",
    'kit/doc-binding.ts': "import * as Y from 'yjs'",
    'kit/node.ts': "import { WebSocket } from 'ws'",
    'kit/test/a.test.ts': "import '../../relay/index.ts'; import '../../protocol/codec.ts'",
    'relay/a.ts': "import { b } from '../protocol/index.ts'; import 'node:fs'; import 'ws'",
    'web/a.ts': "import { b } from '../kit/index.ts'; import { c } from '../kit/testing/index.ts'",
    'e2e/a.spec.ts': "import '../kit/testing/fault-plan.ts'; import 'playwright/test'",
  }
  assert.deepEqual(forbiddenImports(graphOf(right)), [])
})

test('a circle of files is found', () => {
  const graph = graphOf({
    'kit/a.ts': "import './b.ts'",
    'kit/b.ts': "import { C } from './deep/c.ts'",
    'kit/deep/c.ts': "export * from '../a.ts'; import type { D } from './d.ts'",
    'kit/deep/d.ts': "import './c.ts'",
  })
  assert.deepEqual(importCycles(graph), ['kit/a.ts → kit/b.ts → kit/deep/c.ts → kit/a.ts'])
})

test('what a machine must not use is found, and is left alone in comments and strings', () => {
  const text = `
    // Date, Promise, Math.random(), await
    export const said = 'Date await setTimeout'
    export const pick = async (): Promise<number> => { await 0; return Math.random() + new Date() }
    setTimeout(pick, 1)`
  const found = new Set(impurities('protocol/a.ts', text))
  assert.deepEqual([...found].sort(), [
    'Date',
    'Math.random',
    'Promise',
    'async',
    'await',
    'setTimeout',
  ])
})
