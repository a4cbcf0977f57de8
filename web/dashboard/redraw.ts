/** When the dashboard is drawn: after news, at most four times a second, and only while somebody can see it. */
const LEAST_MS = 250

export type Redraw = {
  /** Something may look different now. */
  readonly soon: () => void
}

/**
 * `draw` gives after how long time alone makes something look different; undefined: never. Whether the dashboard can be seen
 * is told to `onSeen`.
 */
export const startRedraw = (
  root: HTMLElement,
  draw: () => number | undefined,
  onSeen: (isSeen: boolean) => void,
): Redraw => {
  let isInView = false
  let isSeen = false
  let drawnMs = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueMs = Infinity
  const run = (): void => {
    dueMs = Infinity
    if (!isSeen) return
    drawnMs = performance.now()
    const againMs = draw()
    if (againMs !== undefined) drawIn(againMs)
  }
  const drawIn = (ms: number): void => {
    const now = performance.now()
    const atMs = Math.max(now + ms, drawnMs + LEAST_MS)
    if (!isSeen || atMs >= dueMs) return
    clearTimeout(timer)
    dueMs = atMs
    timer = setTimeout(run, atMs - now)
  }
  const look = (): void => {
    const canBeSeen = isInView && document.visibilityState === 'visible'
    if (canBeSeen === isSeen) return
    isSeen = canBeSeen
    onSeen(isSeen)
    clearTimeout(timer)
    dueMs = Infinity
    if (isSeen) drawIn(0)
  }
  new IntersectionObserver(([entry]) => {
    isInView = entry?.isIntersecting ?? false
    look()
  }).observe(root)
  document.addEventListener('visibilitychange', look)
  return { soon: () => drawIn(0) }
}
