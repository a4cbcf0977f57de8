import type { Page } from '../ports.ts'

/** A page where there is none, as in Node: always in view, never leaving. */
export const headlessPage = (): Page => ({
  isHidden: false,
  subscribe: () => () => {
    // Nothing was subscribed, so there is nothing to give up.
  },
})
