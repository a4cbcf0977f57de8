import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/** Clock ticks of /proc in a second. */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** What stands behind the program's name in /proc/PID/stat, from its third field; undefined of a process that is gone. */
const statOf = (pid: number): readonly string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in parentheses and may hold anything, spaces and parentheses too.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

const PARENT = 1
/** utime, stime, and the same of children that ended and were waited for. */
const TIMES = [11, 12, 13, 14]

/** A process and all that it started and that still runs. */
const treeOf = (root: number): number[] => {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? statOf(Number(name))?.[PARENT] : undefined
    if (parent === undefined) continue
    const siblings = childrenOf.get(Number(parent)) ?? []
    siblings.push(Number(name))
    childrenOf.set(Number(parent), siblings)
  }
  const found = [root]
  for (let at = 0; at < found.length; at++) found.push(...(childrenOf.get(found[at]!) ?? []))
  return found
}

/** CPU time in milliseconds that a process has used so far: all its threads, what it started, and of that also what has ended. */
export const cpuMsOf = (pid: number): number => {
  let ticks = 0
  for (const one of treeOf(pid)) {
    const stat = statOf(one)
    if (stat !== undefined) for (const at of TIMES) ticks += Number(stat[at])
  }
  return (ticks * 1000) / ticksPerSecond
}

const kibOf = (pid: number, field: 'VmRSS' | 'VmHWM'): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Resident memory in KiB, of a process and of what it started. */
export const rssKibOf = (pid: number): number =>
  treeOf(pid).reduce((sum, one) => sum + kibOf(one, 'VmRSS'), 0)

/** The most resident memory in KiB that a process itself ever had. */
export const peakKibOf = (pid: number): number => kibOf(pid, 'VmHWM')
