/** Figures for people: short, of steady width, with their unit. */

export const durationWords = (ms: number): string => {
  if (ms === 0) return '0 ms'
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = seconds / 60
  if (minutes < 120) return `${Math.round(minutes)} min`
  return `${(minutes / 60).toFixed(1)} h`
}

/** An age that somebody watches grow: in whole seconds. */
export const ageWords = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return 'less than 1 s'
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`
}

export const bytesWords = (bytes: number): string => {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

const THIN_SPACE = '\u202f'

/** A whole number with its thousands apart. */
export const countWords = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)

/** `14:03:22`, in the time of this device. */
export const clockWords = (atMs: number): string => {
  const at = new Date(atMs)
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

/** A moment that may be of another day. */
export const momentWords = (atMs: number, nowMs: number): string => {
  const [at, now] = [new Date(atMs), new Date(nowMs)]
  if (at.toDateString() === now.toDateString()) return clockWords(atMs)
  return `${at.toISOString().slice(0, 10)} ${clockWords(atMs)}`
}

export const clockWordsToMs = (atMs: number): string =>
  `${clockWords(atMs)}.${String(Math.floor(atMs) % 1000).padStart(3, '0')}`

export const edits = (count: number): string =>
  count === 1 ? '1 edit' : `${countWords(count)} edits`
