import type { Room, StorageProtection } from '../../kit/index.ts'
import { element } from '../element.ts'
import { bytesWords } from './amounts.ts'
import type { Glance, Part } from './glance.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'
import { createTerm } from './term.ts'

const LOOK_EVERY_MS = 15_000

const INSECURE =
  'This page came over an insecure address, so this browser cannot protect what it keeps, cannot reload it offline, and does not let pages agree who sends what a closed one left behind: each sends it, and the relay keeps it once. Use https, or open it on this machine.'
const NO_API = 'This browser does not say how it protects what pages keep.'
const SAID_YES = 'The browser keeps it from now on until you delete it.'
const SAID_NO =
  'The browser said no, which it does without asking you. Some say yes to a page that is installed, bookmarked or visited often.'

/** How this browser protects what this device keeps, and how much room there is. */
export const createStoragePanel = (
  room: Room,
): Part & {
  readonly lookedAt: (isSeen: boolean) => void
  readonly latest: () => StorageProtection | undefined
} => {
  const protection = createProtection(room)
  const works = element('p', { class: 'dash-alarm', attributes: { hidden: '' } })
  let timer: ReturnType<typeof setInterval> | undefined
  return {
    element: createSection(
      'This browser’s storage',
      'storage',
      [works, ...protection.elements],
      'Storage',
    ),
    latest: protection.latest,
    lookedAt: (isSeen) => {
      clearInterval(timer)
      timer = undefined
      if (!isSeen) return
      void protection.look()
      timer = setInterval(() => void protection.look(), LOOK_EVERY_MS)
    },
    show: ({ status }: Glance) => {
      works.hidden = status.isStorageWorking
      const why = status.problem?.message ?? 'Keep this page open until everything is saved.'
      setText(works, status.isStorageWorking ? '' : `Nothing is kept on this device now. ${why}`)
    },
  }
}

const createProtection = (
  room: Room,
): {
  readonly elements: readonly HTMLElement[]
  readonly look: () => Promise<void>
  readonly latest: () => StorageProtection | undefined
} => {
  const state = element('b', { attributes: { 'data-figure': 'persisted' } })
  const used = element('span', { class: 'figure', text: '–' })
  const meter = element('meter', {
    class: 'quota',
    attributes: { min: '0', max: '1', value: '0', 'aria-label': 'Used of the room there is' },
  })
  const note = element('p', { class: 'dash-note', attributes: { role: 'status' } })
  const button = element('button', {
    class: 'button',
    text: 'Ask the browser to protect it',
    attributes: { type: 'button', hidden: '' },
  })
  let latest: StorageProtection | undefined
  const look = async (): Promise<void> => {
    latest = await room.protection()
    const { isPersisted, usageBytes, quotaBytes } = latest
    setText(state, protectionWord(isPersisted))
    button.hidden = isPersisted !== false || !canAsk()
    setText(used, usedWords(latest))
    meter.hidden = quotaBytes === undefined || usageBytes === undefined
    if (quotaBytes !== undefined && usageBytes !== undefined) meter.value = usageBytes / quotaBytes
    if (isPersisted === undefined) setText(note, isSecureContext ? NO_API : INSECURE)
  }
  button.addEventListener('click', () => {
    void navigator.storage.persist().then((isGranted) => {
      setText(note, isGranted ? SAID_YES : SAID_NO)
      return look()
    })
  })
  const line = element('p', { class: 'storage-line' }, [
    createTerm('What this device keeps', 'persisted'),
    ' is ',
    state,
    '.',
  ])
  const usage = element('p', { class: 'storage-line' }, [createTerm('Used', 'quota'), ': ', used])
  return { elements: [line, usage, meter, button, note], look, latest: () => latest }
}

const protectionWord = (isPersisted: boolean | undefined): string => {
  if (isPersisted === undefined) return 'of unknown protection'
  return isPersisted ? 'protected' : 'not protected'
}

const canAsk = (): boolean => 'storage' in navigator && 'persist' in navigator.storage

const usedWords = ({ usageBytes, quotaBytes }: StorageProtection): string => {
  if (usageBytes === undefined) return 'not known'
  return quotaBytes === undefined
    ? bytesWords(usageBytes)
    : `${bytesWords(usageBytes)} of ${bytesWords(quotaBytes)}`
}
