/** The page's own colours and type, as a canvas needs them: read anew when the theme changes. */
export type ChartPalette = {
  readonly ink: string
  readonly quiet: string
  readonly line: string
  readonly alarm: string
  readonly saving: string
  readonly well: string
  readonly font: string
}

const read = (): ChartPalette => {
  const style = getComputedStyle(document.documentElement)
  const value = (name: string): string => style.getPropertyValue(name).trim()
  return {
    ink: value('--ink'),
    quiet: value('--quiet'),
    line: value('--line'),
    alarm: value('--alarm'),
    saving: value('--saving'),
    well: value('--well'),
    font: `11px ${value('--mono')}`,
  }
}

let palette: ChartPalette | undefined
const listeners = new Set<() => void>()

export const chartPalette = (): ChartPalette => (palette ??= read())

/** Calls back when the colours have changed. */
export const onPaletteChange = (listener: () => void): void => {
  if (listeners.size === 0) {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      palette = undefined
      for (const each of listeners) each()
    })
  }
  listeners.add(listener)
}
