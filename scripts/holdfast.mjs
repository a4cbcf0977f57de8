#!/usr/bin/env node
// The `holdfast` command. In a clone it runs the sources through tsx, elsewhere what was built.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = new URL('../relay/cli.ts', import.meta.url)
const built = new URL('../dist/lib/relay/cli.js', import.meta.url)

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api')
  register()
  process.execArgv.push('--import', import.meta.resolve('tsx')) // for the processes it forks
  process.argv[1] = fileURLToPath(source)
  await import(source.href)
} else {
  process.argv[1] = fileURLToPath(built)
  await import(built.href)
}
