import { expect } from 'playwright/test'
import type { BrowserContext, Locator, Page } from 'playwright/test'
import './demo-window.ts'

export type AppAddress = {
  readonly room: string
  readonly user: string
  /** More parameters of the address. */
  readonly more?: Readonly<Record<string, string>>
}

/** A place on the board, each 0 to 1 from the left and from the top. */
export type Place = readonly [x: number, y: number]

/** What a page shows of one shape. */
export type ShownShape = {
  readonly id: string
  readonly name: string
  readonly at: readonly [x: number, y: number]
  readonly isPending: boolean
}

/** A person with the page of one room, `/app/ROOM`, whom no other browser helps unless the address says so. */
export class AppPage {
  readonly page: Page
  readonly user: string
  /** Errors and warnings of the page's console, and what it threw. */
  readonly complaints: string[] = []

  constructor(page: Page, user: string) {
    this.page = page
    this.user = user
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  /** Resolves when one can write. */
  static async open(
    context: BrowserContext,
    relayUrl: string,
    { room, user, more = {} }: AppAddress,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<AppPage> {
    const app = new AppPage(await context.newPage(), user)
    await prepare(app.page)
    await app.page.goto(
      `${relayUrl}/app/${room}?${new URLSearchParams({ user, peers: 'off', ...more })}`,
    )
    await app.whenOpen()
    return app
  }

  async whenOpen(): Promise<void> {
    await this.page.waitForFunction(() => window.holdfastDemo !== undefined)
    await this.field.waitFor()
  }

  get field(): Locator {
    return this.page.getByRole('textbox', { name: 'Shared document' })
  }

  get board(): Locator {
    return this.page.getByRole('application', { name: 'Shared board' })
  }

  tool(name: string): Locator {
    return this.page
      .getByRole('toolbar', { name: 'Draw on the board' })
      .getByRole('button', { name, exact: true })
  }

  format(name: string): Locator {
    return this.page
      .getByRole('toolbar', { name: 'Format the document' })
      .getByRole('button', { name, exact: true })
  }

  /** Writes at the end of the document, key by key. */
  async write(text: string): Promise<void> {
    await this.page.bringToFront()
    await this.field.press('ControlOrMeta+End')
    await this.field.pressSequentially(text)
  }

  /** The document's text, block by block, without the others' carets. */
  async text(): Promise<string> {
    return this.field.evaluate((field) => {
      const copy = field.cloneNode(true) as HTMLElement
      for (const caret of copy.querySelectorAll('.caret')) caret.remove()
      const blocks = [...copy.querySelectorAll('p, h1, h2, h3, pre')]
      return blocks.map((block) => block.textContent).join('\n')
    })
  }

  /** Presses, goes along the places and lets go. */
  async pull(way: readonly Place[]): Promise<void> {
    await this.page.bringToFront()
    const box = (await this.board.locator('svg').boundingBox())!
    const at = ([x, y]: Place): [number, number] => [box.x + x * box.width, box.y + y * box.height]
    await this.page.mouse.move(...at(way[0]!))
    await this.page.mouse.down()
    for (const place of way.slice(1)) await this.page.mouse.move(...at(place), { steps: 5 })
    await this.page.mouse.up()
  }

  async draw(way: readonly Place[]): Promise<void> {
    await this.tool('Draw').click()
    await this.pull(way)
  }

  /** Makes a circle with a click. */
  async circle(place: Place): Promise<void> {
    await this.tool('Circle').click()
    await this.pull([place])
  }

  /** Drags whatever is at a place by so much. */
  async drag(from: Place, to: Place): Promise<void> {
    await this.tool('Move').click()
    await this.pull([from, to])
  }

  async shapes(): Promise<readonly ShownShape[]> {
    return this.board.locator('.shape[data-shape]').evaluateAll((groups) =>
      groups.map((group) => {
        const [x = 0, y = 0] = (/\((.*)\)/.exec(group.getAttribute('transform')!)?.[1] ?? '')
          .split(' ')
          .map(Number)
        return {
          id: group.getAttribute('data-shape')!,
          name: group.getAttribute('aria-label')!,
          at: [x, y] as const,
          isPending: group.classList.contains('is-pending'),
        }
      }),
    )
  }

  /** Where each shape is, by its id. */
  async placed(): Promise<Record<string, readonly [number, number]>> {
    return Object.fromEntries((await this.shapes()).map(({ id, at }) => [id, at]))
  }

  async goOffline(): Promise<void> {
    await this.page.evaluate(() => window.holdfastDemo!.faults.goOffline())
    await expect.poll(() => this.connection()).not.toBe('live')
  }

  async comeBack(): Promise<void> {
    await this.page.evaluate(() => {
      window.holdfastDemo!.faults.comeBack()
      window.dispatchEvent(new Event('online'))
    })
  }

  connection(): Promise<string> {
    return this.page.evaluate(() => window.holdfastDemo!.room.status.current.connection)
  }

  pendingCount(): Promise<number> {
    return this.page.evaluate(() => window.holdfastDemo!.room.status.current.pendingCount)
  }

  get light(): Locator {
    return this.page.locator('.light')
  }

  async expectSaved(): Promise<void> {
    await expect
      .poll(() => this.pendingCount(), { message: `${this.user}’s waiting edits` })
      .toBe(0)
    await expect(this.light).toHaveAttribute('data-save', 'saved')
  }

  async expectOnDevice(): Promise<void> {
    await expect(this.light).toHaveAttribute('data-save', 'on-device')
  }

  drawer(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }
}
