// All tests of protocol/ with the mutated code as one script, so that a mutant costs an evaluation and not a process.

import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'

/** Stands for node:test: its runner starts on its own, once, and cannot be asked for some tests again. */
const REGISTRY = `export const test = (name, run) => {
  globalThis.protocolTests.add(name, run)
}`

const COUNTER = 'function stryCov_9fa48() {'
/** Counting which test covers which mutant is half of the time, and needed only once. */
const withoutCounting = (text) => text.replace(COUNTER, `${COUNTER}}\nfunction stryCovUnused() {`)

const plugin = (folder, isCounting) => ({
  name: 'protocol-tests',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:test$/ }, () => ({ path: 'registry', namespace: 'registry' }))
    onLoad({ filter: /.*/, namespace: 'registry' }, () => ({ contents: REGISTRY, loader: 'js' }))
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const here = JSON.stringify(pathToFileURL(path).href)
      const contents = text.replaceAll('import.meta.url', here)
      return { contents: isCounting ? contents : withoutCounting(contents), loader: 'ts' }
    })
  },
})

const fileNames = (folder) =>
  readdirSync(join(folder, 'protocol', 'test')).filter((name) => name.endsWith('.test.ts'))

/**
 * The tests under `folder`/protocol/test as a function that loads them anew, with the code that they test: it returns
 * `{ id, file, run }` of each. `isCounting`: whether Stryker's count of what covers what goes on.
 */
export async function bundleTests(folder, { isCounting }) {
  const lines = fileNames(folder).map((name) => {
    const path = `protocol/test/${name}`
    return `globalThis.protocolTests.file = ${JSON.stringify(path)}; require('./${path}')`
  })
  const built = await build({
    stdin: { contents: lines.join('\n'), resolveDir: folder },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Packages stay loaded, and so fast, from one mutant to the next.
    packages: 'external',
    plugins: [plugin(folder, isCounting)],
  })
  const [{ text }] = built.outputFiles
  const script = new vm.Script(`(function (require) {${text}\n})`, {
    filename: 'protocol-tests.cjs',
  })
  const require = createRequire(join(folder, 'protocol', 'package.json'))
  return () => {
    const tests = []
    const registry = {
      file: '',
      add: (name, run) => tests.push({ id: `${registry.file}: ${name}`, file: registry.file, run }),
    }
    globalThis.protocolTests = registry
    script.runInThisContext()(require)
    return tests
  }
}
