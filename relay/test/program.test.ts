import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const dir = mkdtempSync(join(tmpdir(), 'holdfast-program-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const LINES = 50_000
const program = join(dir, 'program.ts')
writeFileSync(
  program,
  `import { runAsProgram } from ${JSON.stringify(new URL('../program.ts', import.meta.url).href)}
   runAsProgram(import.meta.url, async () => {
     for (let n = 0; n < ${LINES}; n++) {
       console.log('line ' + n)
       if (n % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
     }
     return 3
   })`,
)

const start = (): ReturnType<typeof spawn> =>
  spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program], { stdio: 'pipe' })

test('everything that a program printed into a pipe arrives before it ends with its code', async () => {
  const child = start()
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part))
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.equal(code, 3)
  assert.equal(text.trimEnd().split('\n').length, LINES)
})

test('a reader that has heard enough ends a program without a complaint', async () => {
  const child = start()
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (complaint += part))
  child.stdout?.once('data', () => child.stdout?.destroy())
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.deepEqual([code, complaint], [0, ''])
})
