import { spawn } from 'node:child_process'
import { programs } from './relay-process.ts'

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** `holdfast ARGV`, as an operator runs it. Rejects where it could not be started. */
export const runCli = async (argv: readonly string[]): Promise<Ended> => {
  const { cli } = await programs()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
}
