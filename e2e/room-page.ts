import { expect } from 'playwright/test'
import type { BrowserContext, Locator, Page } from 'playwright/test'
import * as Y from 'yjs'
import type { FaultController, FaultKind, FaultPlan } from '../kit/testing/index.ts'
import './support/demo-window.ts'
import type { InspectedRecord } from './support/inspect.ts'
import type { Journal } from './support/journal.ts'

/** `/app`, or `/basic` without and with y-indexeddb. */
export type SetUp = 'holdfast' | 'alone' | 'indexeddb'

export type RoomAddress = {
  readonly room: string
  readonly user: string
  /** More of the address, as `fault.refuse=true`. */
  readonly more?: string
}

declare global {
  interface Window {
    stockDemo?: {
      readonly doc: { getXmlFragment(name: string): { toJSON(): string } }
      readonly faults: FaultController
    }
  }
}

export const roomUrl = (relayUrl: string, setUp: SetUp, address: RoomAddress): string => {
  const parameters = [
    `user=${encodeURIComponent(address.user)}`,
    ...(setUp === 'indexeddb' ? ['keep=indexeddb'] : []),
    ...(address.more === undefined ? [] : [address.more]),
  ]
  const page = setUp === 'holdfast' ? 'app' : 'basic'
  return `${relayUrl}/${page}/${address.room}?${parameters.join('&')}`
}

/** Somebody in a room, on Holdfast or on stock parts: the same steps for both. */
export class RoomPage {
  readonly page: Page
  readonly setUp: SetUp
  readonly user: string
  readonly journal: Journal

  private constructor(page: Page, setUp: SetUp, user: string, journal: Journal) {
    this.page = page
    this.setUp = setUp
    this.user = user
    this.journal = journal
  }

  /** Opens a room in a tab of its own, and resolves when its document can be written in. */
  static async open(
    context: BrowserContext,
    relayUrl: string,
    setUp: SetUp,
    address: RoomAddress,
    journal: Journal,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<RoomPage> {
    const page = await context.newPage()
    await prepare(page)
    await page.goto(roomUrl(relayUrl, setUp, address))
    const opened = new RoomPage(page, setUp, address.user, journal)
    await expect(opened.editor).toBeVisible()
    return opened
  }

  get editor(): Locator {
    return this.page.locator('.document-pane [contenteditable="true"]')
  }

  get isStock(): boolean {
    return this.setUp !== 'holdfast'
  }

  /** Types a piece of text that nobody typed before into a line of its own at the end, key by key, and notes it. */
  async type(): Promise<string> {
    const mark = this.journal.mark(this.user)
    await this.typeText(mark)
    return mark
  }

  /** Types letters that nobody typed before at the end. */
  typeLetters(count: number): Promise<void> {
    return this.typeText(this.journal.letters(count))
  }

  async typeText(text: string): Promise<void> {
    await this.page.bringToFront()
    await this.editor.press('ControlOrMeta+End')
    await this.editor.pressSequentially(text)
  }

  /** Puts a circle onto the board. */
  async drawCircle(): Promise<void> {
    await this.page.bringToFront()
    await this.page.locator('.board-surface').press('c')
  }

  /** Draws a line onto the board with the mouse. */
  async drawLine(): Promise<void> {
    await this.page.bringToFront()
    const box = await this.page.locator('.board-surface').boundingBox()
    if (box === null) throw new Error('There is no board.')
    const { mouse } = this.page
    await mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.4)
    await mouse.down()
    await mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.6, { steps: 8 })
    await mouse.up()
  }

  async expectShapes(count: number): Promise<void> {
    await expect(this.page.locator('.board-canvas .shape')).toHaveCount(count)
  }

  /** What the editor shows, without the names at the carets of others. */
  async text(): Promise<string> {
    return this.editor.evaluate((editor) => {
      const shown = editor.cloneNode(true) as HTMLElement
      for (const caret of shown.querySelectorAll('[class*="caret"], [class*="cursor"]')) {
        caret.remove()
      }
      return shown.textContent.replaceAll('\u2060', '')
    })
  }

  async expectText(part: string): Promise<void> {
    await expect.poll(() => this.text(), { message: `${this.user} sees ${part}` }).toContain(part)
  }

  async expectAllText(timeoutMs = 15_000): Promise<void> {
    await expect(async () => this.journal.expectText(await this.text(), this.user)).toPass({
      timeout: timeoutMs,
    })
  }

  /** The words of its lamps, as `connected yes`; or the light, as `saved`. */
  async said(): Promise<string> {
    if (!this.isStock) {
      return (await this.page.locator('.light').getAttribute('data-save')) ?? ''
    }
    const lamps = await this.page.locator('.stock-lamp dd').allInnerTexts()
    return lamps.slice(0, 2).join(' ')
  }

  /** Connected and all that it waits for at the start is there. */
  async whenConnected(timeoutMs = 20_000): Promise<void> {
    const wanted = this.isStock ? 'connected yes' : 'live'
    const now = (): Promise<string> =>
      this.isStock
        ? this.said()
        : this.page.evaluate(() => window.holdfastDemo?.room.status.current.connection ?? '')
    await expect
      .poll(now, { message: `${this.user} is connected`, timeout: timeoutMs })
      .toBe(wanted)
  }

  /** Everything is on the relay as far as the page knows. A stock page never knows. */
  async expectSaved(timeoutMs = 20_000): Promise<void> {
    await expect
      .poll(() => this.said(), { message: `${this.user} is saved`, timeout: timeoutMs })
      .toBe('saved')
  }

  async goOffline(): Promise<void> {
    await this.#openFaults()
    await this.page.locator('[data-action="offline"]').click()
  }

  async comeBack(): Promise<void> {
    await this.#openFaults()
    await this.page.locator('[data-action="back"]').click()
  }

  async noFaults(): Promise<void> {
    await this.#openFaults()
    await this.page.locator('[data-preset="none"]').click()
  }

  async cut(): Promise<void> {
    await this.#openFaults()
    await this.page.locator('[data-action="cut"]').click()
  }

  /** Opens the drawer as a user does. */
  async #openFaults(): Promise<void> {
    await this.page.bringToFront()
    const toggle = this.page.locator('[data-drawer="faults"]')
    if ((await toggle.getAttribute('aria-expanded')) !== 'true') await toggle.click()
    await expect(this.page.locator('.fault-panel')).toBeVisible()
  }

  openFaults(): Promise<void> {
    return this.#openFaults()
  }

  async set(plan: Partial<FaultPlan>): Promise<void> {
    await this.page.evaluate((change) => {
      const faults = window.holdfastDemo?.faults ?? window.stockDemo?.faults
      faults?.set(change)
    }, plan)
  }

  plan(): Promise<FaultPlan> {
    return this.page.evaluate(() => {
      const faults = window.holdfastDemo?.faults ?? window.stockDemo?.faults
      if (faults === undefined) throw new Error('This page has no faults.')
      return faults.plan
    })
  }

  fired(): Promise<Readonly<Record<FaultKind, number>>> {
    return this.page.evaluate(() => {
      const faults = window.holdfastDemo?.faults ?? window.stockDemo?.faults
      if (faults === undefined) throw new Error('This page has no faults.')
      return { ...faults.fired }
    })
  }

  close(): Promise<void> {
    return this.page.close()
  }
}

/** The document that a room's updates give, as text, applied to a fresh one: from the relay's disk alone. */
export const documentOf = (records: readonly InspectedRecord[]): string =>
  documentOfUpdates(
    records.flatMap(({ updateBase64 }) =>
      updateBase64 === undefined ? [] : [Buffer.from(updateBase64, 'base64')],
    ),
  )

export const documentOfUpdates = (updates: readonly Uint8Array[]): string => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return textIn(doc.getXmlFragment('document'))
}

const textIn = (node: Y.XmlFragment | Y.XmlElement): string =>
  node
    .toArray()
    .map((child) => (child instanceof Y.XmlText ? plainText(child) : textIn(child as Y.XmlElement)))
    .join('')

const plainText = (text: Y.XmlText): string =>
  (text.toDelta() as readonly { readonly insert: unknown }[])
    .map(({ insert }) => (typeof insert === 'string' ? insert : ''))
    .join('')
