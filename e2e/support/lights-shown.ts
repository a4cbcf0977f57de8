import type { BrowserContext, Page } from 'playwright/test'

type Watching = Window & { lightsShown?: string[] }

/** From the next load on each page notes every state of its light, however short, in the order in which they were shown. */
export const watchLights = async (device: BrowserContext): Promise<void> => {
  await device.addInitScript(() => {
    const shown: string[] = []
    ;(window as Watching).lightsShown = shown
    new MutationObserver(() => {
      const state = document.querySelector<HTMLElement>('.light')?.dataset['save']
      if (state !== undefined && state !== shown.at(-1)) shown.push(state)
    }).observe(document, { subtree: true, childList: true, attributeFilter: ['data-save'] })
  })
}

export const lightsShown = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (window as Watching).lightsShown ?? [])
