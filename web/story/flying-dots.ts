import { element } from '../element.ts'

const FLIGHT_MS = 620
const APART_MS = 75

const isCalm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Dots that fly from a client into the relay’s strip, one for each mark, `via` another client or not; a mark shows when its dot is there. */
export const flyDots = (
  from: Element,
  marks: readonly HTMLElement[],
  count: number,
  via?: Element,
): void => {
  if (isCalm()) return
  const start = centreOf(from)
  for (let at = 0; at < count; at++) {
    const mark = marks[Math.min(at, marks.length - 1)]
    if (mark !== undefined) void fly(start, mark, at * APART_MS, via && centreOf(via))
  }
}

const fly = async (
  start: Point,
  mark: HTMLElement,
  delay: number,
  via: Point | undefined,
): Promise<void> => {
  const dot = element('span', { class: 'flying-dot', attributes: { 'aria-hidden': 'true' } })
  dot.style.left = `${start.x}px`
  dot.style.top = `${start.y}px`
  document.body.append(dot)
  mark.classList.add('is-awaited')
  const end = centreOf(mark)
  const [x, y] = [end.x - start.x, end.y - start.y]
  const flight = dot.animate(
    [
      { translate: '0 0', opacity: 0 },
      via === undefined
        ? { translate: `${x * 0.25}px ${y * 0.25 - 24}px`, opacity: 1, offset: 0.3 }
        : { translate: `${via.x - start.x}px ${via.y - start.y}px`, opacity: 1, offset: 0.6 },
      { translate: `${x}px ${y}px`, opacity: 1 },
    ],
    {
      duration: via === undefined ? FLIGHT_MS : 2 * FLIGHT_MS,
      delay,
      easing: 'cubic-bezier(.45,.05,.35,1)',
      fill: 'backwards',
    },
  )
  try {
    await flight.finished
  } finally {
    dot.remove()
    mark.classList.remove('is-awaited')
  }
}

type Point = { readonly x: number; readonly y: number }

const centreOf = (of: Element): Point => {
  const { left, top, width, height } = of.getBoundingClientRect()
  return { x: left + width / 2, y: top + height / 2 }
}
