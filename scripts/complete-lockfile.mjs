// Adds to package-lock.json the optional platform packages that npm left out.
//
// npm drops an optional package from the lockfile when the registry at hand cannot serve it (a
// mirror that holds one platform, say). `npm ci` then refuses the lockfile on every machine. What
// is missing can be told from what is there: the parent names the exact version, and the package's
// name says which platform it is for. Run it after every change of the dependencies:
//
//   npm run lockfile

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']

/** The platform fields of a package such as `@oxlint/binding-linux-arm64-musl`. */
export function platformOf(name) {
  const words = name.split('/').at(-1).split('-')
  const os = SYSTEMS.find((system) => words.includes(system))
  const cpu = PROCESSORS.find((processor) => words.includes(processor))
  const libc = /-musl/.test(name) ? 'musl' : /-gnu/.test(name) && os === 'linux' ? 'glibc' : null
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === null ? {} : { libc: [libc] }),
    ...(os === undefined ? {} : { os: [os] }),
  }
}

/** Pairs [package path, entry] that the lockfile's packages name as optional but do not hold. */
export function missingOptionalEntries(packages) {
  const missing = new Map()
  for (const [parentPath, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const nested = `${parentPath}/node_modules/${name}`
      const hoisted = `node_modules/${name}`
      if (packages[nested] !== undefined || packages[hoisted] !== undefined) continue
      missing.set(hoisted, {
        version,
        ...platformOf(name),
        ...(parent.dev === true ? { dev: true } : {}),
        license: parent.license,
        optional: true,
      })
    }
  }
  return [...missing]
}

function main() {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingOptionalEntries(lock.packages)
  for (const [path, entry] of missing) {
    if (entry.os === undefined || /[^\d.]/.test(entry.version)) {
      console.error(`${path} ${entry.version}: not a platform package of one version, left out.`)
      process.exitCode = 1
      continue
    }
    lock.packages[path] = entry
  }
  const { '': root, ...others } = lock.packages
  const sorted = Object.entries(others).sort(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = { '': root, ...Object.fromEntries(sorted) }
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json: ${missing.length} optional platform packages added.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
