import type { Page, PageEvent } from '../ports.ts'

/** What {@link browserPage} listens on; a worker has no document. */
export type BrowserPageTargets = {
  readonly window: EventTarget
  readonly document: (EventTarget & { readonly visibilityState: string }) | undefined
}

/** The page's own events in the kit's words. Listens only while somebody is subscribed. */
export const browserPage = (
  targets: BrowserPageTargets = { window: globalThis, document: globalThis.document },
): Page => new BrowserPage(targets)

class BrowserPage implements Page {
  readonly #targets: BrowserPageTargets

  constructor(targets: BrowserPageTargets) {
    this.#targets = targets
  }

  get isHidden(): boolean {
    return this.#targets.document?.visibilityState === 'hidden'
  }

  subscribe(listener: (event: PageEvent) => void): () => void {
    const { window, document } = this.#targets
    const stop = new AbortController()
    const on = (target: EventTarget, type: string, handler: (event: Event) => void): void => {
      target.addEventListener(type, handler, { signal: stop.signal })
    }
    on(window, 'online', () => listener('online'))
    on(window, 'offline', () => listener('offline'))
    on(window, 'pagehide', () => listener('leaving'))
    on(window, 'pageshow', (event) => {
      // Each page load shows the page too: only a return from the back/forward cache is news.
      if ('persisted' in event && event.persisted === true) listener('shown')
    })
    if (document !== undefined) {
      on(document, 'visibilitychange', () => listener(this.isHidden ? 'hidden' : 'visible'))
      // A frozen page cannot act on `freeze` any more; what counts is that it woke.
      on(document, 'resume', () => listener('resumed'))
    }
    return () => {
      stop.abort()
    }
  }
}
