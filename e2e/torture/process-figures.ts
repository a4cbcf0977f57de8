import { readFile, readdir } from 'node:fs/promises'

/** Resident memory of a process in bytes; 0 where the system does not say. */
export const rssOf = async (pid: number | undefined): Promise<number> => {
  if (pid === undefined || process.platform !== 'linux') return 0
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** Files and sockets that a process has open; 0 where the system does not say. */
export const openFilesOf = async (pid: number | undefined): Promise<number> => {
  if (pid === undefined || process.platform !== 'linux') return 0
  return (await readdir(`/proc/${pid}/fd`)).length
}

/** A figure of a relay's `/metrics`, summed over its labels, or of one label: `name{label="value"}`. */
export const metricOf = async (url: string, name: string): Promise<number> => {
  // One that is kept open may be closed by the relay in the moment in which a busy test asks again.
  const answer = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
  const page = await answer.text()
  const [family] = name.split('{')
  if (!page.includes(`# TYPE ${family} `)) throw new Error(`${url} has no metric ${family}`)
  return [...page.matchAll(/^(\w+)(\{[^}]*\})? (\S+)$/gm)]
    .filter(([, found, label]) => name === found || name === `${found}${label}`)
    .reduce((sum, [, , , value]) => sum + Number(value), 0)
}
