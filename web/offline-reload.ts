import { element } from './element.ts'

const NOT_HERE =
  'Reloading while offline is not possible here: a browser allows it on https and on localhost only.'
const FAILED =
  'Reloading while offline is not possible now: this browser refused the service worker.'
const IN_DEVELOPMENT = 'Reloading while offline is switched off in development.'
const PREPARING = 'Being made ready to reload while offline.'
const READY = 'Reloads while offline.'

/** Makes the page reload without a network where the browser lets it, and says in a line whether it does. */
export const createOfflineReload = (): HTMLElement => {
  const line = element('p', { class: 'offline-reload' })
  const say = (words: string): void => {
    line.textContent = words
    line.dataset['isReady'] = String(words === READY)
  }
  if (import.meta.env.DEV) say(IN_DEVELOPMENT)
  else if (!('serviceWorker' in navigator)) say(NOT_HERE)
  else {
    registerWorker(() => say(PREPARING)).then(
      () => say(READY),
      () => say(FAILED),
    )
  }
  return line
}

/** Resolves when a service worker with all files is in charge; rejects where the browser has none for us. */
const registerWorker = async (isPreparing: () => void): Promise<void> => {
  const workers = navigator.serviceWorker
  // One that is there already looks for newer ones by itself, and asking for it again waits until it has looked.
  const registration = (await workers.getRegistration()) ?? (await workers.register('/sw.js'))
  if (registration.active !== null) return
  isPreparing()
  const { installing } = registration
  await Promise.race([
    workers.ready,
    new Promise((_, reject) => {
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'redundant') reject(new Error('The worker was not installed.'))
      })
    }),
  ])
}
