import type { BrowserContext, CDPSession, Page } from 'playwright/test'
import './demo-window.ts'

/** What a page has said to the test, at the moment it became so; it may die right after. */
export type Told = {
  /** Letters of keystrokes that it saw. */
  readonly pressed: Set<string>
  /** Letters of events whose `stored` resolved. */
  readonly stored: Set<string>
  /** The text at the times when the light said that it is on this device, or saved; the last one. */
  keptText: string
}

/** The name of the event that each keystroke pushes: `{ letter }`. */
export const KEY_EVENT = 'key'

type Delivery = { readonly stored: Promise<void> }
type TellingWindow = Window & {
  tell: (message: string) => void
  /** The letters of all events, those that wait included. */
  keysShown: () => readonly string[]
}

/** A client page that is made to be killed: it tells what it did over the browser's own wire, which outlives it. */
export class KillPage {
  readonly page: Page
  readonly #cdp: CDPSession

  private constructor(page: Page, cdp: CDPSession) {
    this.page = page
    this.#cdp = cdp
  }

  /** Resolves when what its device keeps is shown; with or without a network. */
  static async open(context: BrowserContext, url: string, told: Told): Promise<KillPage> {
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Runtime.enable')
    await cdp.send('Runtime.addBinding', { name: 'tell' })
    cdp.on('Runtime.bindingCalled', ({ payload }) => note(told, payload))
    await page.goto(url)
    await page.waitForFunction(() => window.holdfastDemo !== undefined)
    await page.evaluate(tellAll, KEY_EVENT)
    return new KillPage(page, cdp)
  }

  /** What of the events and of the text it shows. */
  shown(): Promise<{ readonly keys: readonly string[]; readonly text: string }> {
    return this.page.evaluate(() => ({
      keys: (window as unknown as TellingWindow).keysShown(),
      text: document.querySelector<HTMLTextAreaElement>('#shared-text')!.value,
    }))
  }

  /** What the page says that is wrong, as that its storage did not answer in time; undefined if nothing. */
  problem(): Promise<string | undefined> {
    return this.page.evaluate(() => {
      const { problem } = window.holdfastDemo!.room.status.current as {
        readonly problem?: { readonly message: string }
      }
      return problem?.message
    })
  }

  /** Presses a key with this letter; waits for nobody. */
  press(letter: string): void {
    const key = { key: letter, text: letter, unmodifiedText: letter }
    // The page may be killed before it has taken it.
    this.#cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key }).catch(() => {})
    this.#cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: letter }).catch(() => {})
  }

  async whenConnection(isLive: boolean): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => (window.holdfastDemo!.room.status.current.connection === 'live') === wanted,
      isLive,
    )
  }

  /** Everything is on the relay. */
  async whenSaved(): Promise<void> {
    await this.page.waitForFunction(() => {
      const { save, pendingCount } = window.holdfastDemo!.room.status.current
      return save === 'saved' && pendingCount === 0
    })
  }
}

/** In the page. Each key pushes an event and, as it is typed into the text, an edit of the document. */
const tellAll = async (name: string): Promise<void> => {
  const { tell } = window as unknown as TellingWindow
  const { room } = window.holdfastDemo!
  const field = document.querySelector<HTMLTextAreaElement>('#shared-text')!
  const { ready } = room as typeof room & { readonly ready: Promise<void> }
  await ready
  const keys = room.fold<readonly string[]>([], (all, event) =>
    event.name === name ? [...all, (event.payload as { letter: string }).letter] : all,
  )
  ;(window as unknown as TellingWindow).keysShown = () => keys.current.current
  field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
  field.addEventListener('keydown', ({ key: letter }) => {
    tell(`pressed ${letter}`)
    const { stored } = room.push(name, { letter }) as Delivery
    void stored.then(
      () => tell(`stored ${letter}`),
      () => tell(`unstored ${letter}`),
    )
  })
  const { status } = room as unknown as {
    readonly status: { subscribe(listener: (status: { readonly save: string }) => void): void }
  }
  status.subscribe(({ save }) => {
    if (save === 'on-device' || save === 'saved') tell(`kept ${field.value}`)
  })
}

const note = (told: Told, message: string): void => {
  const at = message.indexOf(' ')
  const [what, value] = [message.slice(0, at), message.slice(at + 1)]
  if (what === 'pressed') told.pressed.add(value)
  if (what === 'stored') told.stored.add(value)
  if (what === 'kept') told.keptText = value
}
