import { expect } from 'playwright/test'
import type { BrowserContext, Frame, Locator, Page } from 'playwright/test'
import './demo-window.ts'
import type { DemoRoom } from './demo-window.ts'
import type { Journal } from './journal.ts'

export type ClientAddress = {
  readonly room: string
  readonly user: string
  /** Keeps several clients of one browser profile apart; without it they are pages of one. */
  readonly namespace?: string
  /** Whether other browsers help; a client's page has that off by itself. */
  readonly peers?: 'on'
}

export type ButtonName = 'Cut the network' | 'Bring it back'
export type Side = 'Left' | 'Right'

/** What the story’s left client writes where it finds no text. */
const OPENING_TEXT = 'Picnic on Saturday at noon.'

/** What a client shows of itself. */
export type Reading = {
  /** The light: `saved`, `on-device`, …, or the page's own `opening`, `closed`. */
  readonly light: string
  readonly sentence: string
  readonly waiting: string
}

export const clientUrl = (relayUrl: string, address: ClientAddress): string =>
  `${relayUrl}/client.html?${new URLSearchParams(Object.entries(address))}`

/** One client: alone in a tab, or one of the two in the frames of the story. */
export class ClientPage {
  /** Where the shared things are: the page, or its frame. */
  readonly surface: Page | Frame
  /** Where the light and the buttons are. */
  readonly panel: Locator
  readonly user: string
  readonly #journal: Journal

  constructor(surface: Page | Frame, panel: Locator, user: string, journal: Journal) {
    this.surface = surface
    this.panel = panel
    this.user = user
    this.#journal = journal
  }

  /** Opens a client in a tab of its own, and resolves when it is usable; with or without a network. */
  static async open(
    context: BrowserContext,
    relayUrl: string,
    address: ClientAddress,
    journal: Journal,
  ): Promise<ClientPage> {
    const page = await context.newPage()
    await page.goto(clientUrl(relayUrl, address))
    return ClientPage.inTab(page, address.user, journal)
  }

  /** The client in a tab that shows one already. */
  static async inTab(page: Page, user: string, journal: Journal): Promise<ClientPage> {
    const client = new ClientPage(page, page.locator('#head'), user, journal)
    await client.whenOpen()
    return client
  }

  /**
   * One of the two clients of the story, when it shows the text that both begin with. After it was brought back it is another
   * frame: ask again. Its buttons are the story’s own.
   */
  static async inFrame(page: Page, side: Side, journal: Journal): Promise<ClientPage> {
    const panel = page.getByRole('region', { name: `${side} client` })
    const handle = await panel.locator('iframe').elementHandle()
    const frame = await handle?.contentFrame()
    if (frame === null || frame === undefined) throw new Error(`The ${side} client has no frame.`)
    const user = (await panel.locator('.client-user').textContent()) ?? ''
    const client = new ClientPage(frame, panel, user, journal)
    await client.whenOpen()
    journal.writtenByPage(OPENING_TEXT)
    await expect(client.#field).not.toHaveValue('')
    return client
  }

  async whenOpen(): Promise<void> {
    await this.surface.waitForFunction(() => window.holdfastDemo !== undefined)
    await this.#evaluateRoom(async (room) => {
      await (room as DemoRoom & { readonly ready: Promise<void> }).ready
    })
  }

  get #field(): Locator {
    return this.surface.getByRole('textbox', { name: 'Shared text' })
  }

  /** As a user does before acting; the browser lets a tab in the background wait for its next frame. */
  async #goThere(): Promise<void> {
    if ('bringToFront' in this.surface) await this.surface.bringToFront()
  }

  /** Types a piece of text that nobody typed before at the end of the shared text, key by key, and notes it. */
  async type(): Promise<string> {
    const mark = this.#journal.mark(this.user)
    await this.#goThere()
    await this.#field.press('ControlOrMeta+End')
    await this.#field.pressSequentially(mark)
    return mark
  }

  /** Types letters that nobody typed before at the end of the text, while others may type there too. */
  async typeLetters(count: number): Promise<string> {
    const letters = this.#journal.letters(count)
    await this.#goThere()
    await this.#field.press('ControlOrMeta+End')
    await this.#field.pressSequentially(letters)
    return letters
  }

  async countUp(times = 1): Promise<void> {
    await this.#count('One up', 1, times)
  }

  async countDown(times = 1): Promise<void> {
    await this.#count('One down', -1, times)
  }

  async #count(label: string, by: 1 | -1, times: number): Promise<void> {
    this.#journal.pushed(this.user, 'count', { by }, times)
    const button = this.surface.getByRole('button', { name: label })
    await this.#goThere()
    for (let at = 0; at < times; at++) await button.click()
  }

  /** Pushes events of the test's own, and notes them. */
  async push(name: string, payloads: readonly unknown[]): Promise<void> {
    for (const payload of payloads) this.#journal.pushed(this.user, name, payload)
    await this.surface.evaluate(
      ([eventName, all]) => {
        for (const payload of all) window.holdfastDemo?.room.push(eventName, payload)
      },
      [name, payloads] as const,
    )
  }

  text(): Promise<string> {
    return this.#field.inputValue()
  }

  async counter(): Promise<number> {
    const shown = await this.surface.getByLabel('Counter', { exact: true }).innerText()
    return Number(shown.replace('−', '-'))
  }

  async reading(): Promise<Reading> {
    const light = this.panel.locator('.light')
    return {
      light: (await light.getAttribute('data-save')) ?? '',
      sentence: await light.locator('.light-sentence').innerText(),
      waiting: await this.panel.locator('.waiting-count .figure').innerText(),
    }
  }

  status(): Promise<DemoRoom['status']['current']> {
    return this.#evaluateRoom((room) => room.status.current)
  }

  /** How many other tabs of the device it hears. */
  others(): Promise<number> {
    return this.#evaluateRoom((room) => room.figures().tabs.others)
  }

  /** To how many other browsers it has a direct link. */
  links(): Promise<number> {
    return this.#evaluateRoom((room) => room.status.current.directPeers)
  }

  peerFigures(): Promise<ReturnType<DemoRoom['figures']>['peers']> {
    return this.#evaluateRoom((room) => room.figures().peers)
  }

  /** From now on no tab hears it, and it hears none: what they share is the device's disk. */
  async leaveTabs(): Promise<void> {
    await this.#evaluateRoom((room) => room.helpTabs(false))
  }

  pending(): Promise<ReturnType<DemoRoom['pending']>> {
    return this.#evaluateRoom((room) =>
      room.pending().map(({ author, kind, isOnDisk }) => ({ author, kind, isOnDisk })),
    )
  }

  async #evaluateRoom<Value>(look: (room: DemoRoom) => Value | Promise<Value>): Promise<Value> {
    const handle = await this.surface.evaluateHandle(() => window.holdfastDemo!.room)
    try {
      return (await handle.evaluate(look)) as Value
    } finally {
      await handle.dispose()
    }
  }

  button(name: ButtonName): Locator {
    return this.panel.getByRole('button', { name, exact: true })
  }

  /** Cuts the network as a user does, and waits until it is. */
  async cut(): Promise<void> {
    await this.#goThere()
    await this.button('Cut the network').click()
    await expect.poll(() => this.status().then(({ connection }) => connection)).not.toBe('live')
  }

  async comeBack(): Promise<void> {
    await this.#goThere()
    await this.button('Bring it back').click()
  }

  /** Closes the tab, without asking the page. */
  async closeTab(): Promise<void> {
    if (!('close' in this.surface)) throw new Error('A client in a frame has no tab of its own.')
    await this.surface.close()
  }

  async expectLight(light: string): Promise<void> {
    await expect
      .poll(() => this.reading().then((reading) => reading.light), {
        message: `${this.user}’s light`,
      })
      .toBe(light)
  }

  /** Green, with nothing waiting. A page that must notice by itself that the relay is back needs up to its longest back-off. */
  async expectSaved(timeoutMs = 15_000): Promise<void> {
    await expect
      .poll(() => this.#shownAndMeant(), { message: `${this.user} is saved`, timeout: timeoutMs })
      .toEqual({ light: 'saved', waiting: '0', pending: 0, offDisk: 0 })
  }

  /** Everything that waits is on this device's disk, and something does. */
  async expectOnDevice(): Promise<void> {
    await expect
      .poll(() => this.#shownAndMeant(), { message: `${this.user}’s edits are on the device` })
      .toEqual({
        light: 'on-device',
        waiting: expect.stringMatching(/^[1-9]\d*$/),
        pending: expect.any(Number),
        offDisk: 0,
      })
  }

  /** The light of a client in a frame is a message behind the room itself, which has all that was typed: look at both. */
  async #shownAndMeant(): Promise<object> {
    const pending = await this.pending()
    const { light, waiting } = await this.reading()
    const offDisk = pending.filter(({ isOnDisk }) => !isOnDisk).length
    return { light, waiting, pending: pending.length, offDisk }
  }

  /** Shows everything that the journal has, once. */
  async expectAllText(): Promise<void> {
    await expect(async () => this.#journal.expectText(await this.text(), this.user)).toPass({
      timeout: 15_000,
    })
  }

  async expectCounter(value: number): Promise<void> {
    await expect.poll(() => this.counter(), { message: `${this.user}’s counter` }).toBe(value)
  }
}
