// `tsc` once for each tsconfig of a room. A room without sources yet has nothing to check.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder, root } from './stamp.mjs'

export const ROOMS = [
  'protocol',
  'kit',
  'relay',
  'web',
  'sim',
  'bench',
  'examples',
  'e2e',
  'scripts',
]
const NOTHING_TO_CHECK = 'error TS18003'

export function typeProjects() {
  const inRooms = ROOMS.map((room) => join(root, room)).filter((folder) => existsSync(folder))
  // The packages that bench/ has of its own are not ours to check.
  const isForeign = (path) => /(^|[/\\])node_modules[/\\]/.test(path)
  const projects = inRooms.flatMap((folder) => filesUnder(folder, isForeign))
  const isProject = (file) => /[/\\]tsconfig(\.\w+)?\.json$/.test(file)
  return [join(root, 'tsconfig.json'), ...projects.filter(isProject)]
}

export function checkTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  let failed = 0
  for (const project of typeProjects()) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project], {
      cwd: root,
      encoding: 'utf8',
    })
    if (status === 0 || (stdout.startsWith(NOTHING_TO_CHECK) && !stdout.trim().includes('\n'))) {
      continue
    }
    failed += 1
    console.log(`${relative(root, project)}:\n${stdout}${stderr}`)
  }
  console.log(`types: ${typeProjects().length} projects checked, ${failed} with errors.`)
  return failed === 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = checkTypes() ? 0 : 1
