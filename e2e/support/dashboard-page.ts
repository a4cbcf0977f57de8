import { expect } from 'playwright/test'
import type { BrowserContext, Locator, Page } from 'playwright/test'
import './demo-window.ts'
import type { KindCount } from './wire-count.ts'

export type ShownCounts = Readonly<Record<'up' | 'down', Readonly<Record<string, KindCount>>>>

/** One client at `/app/ROOM` with its dashboard, as somebody sees it who reads the page and nothing else. */
export class DashboardPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens a room with the dashboard's drawer open, and resolves when it is connected. */
  static async open(
    context: BrowserContext,
    relayUrl: string,
    address: { readonly room: string; readonly user: string; readonly drawer?: string },
  ): Promise<DashboardPage> {
    const page = await context.newPage()
    const { room, user, drawer = 'dashboard' } = address
    await page.goto(`${relayUrl}/app/${room}?${new URLSearchParams({ user, open: drawer })}`)
    const dashboard = new DashboardPage(page)
    await dashboard.expectConnection('live')
    if (drawer === 'dashboard') await dashboard.part('safety').waitFor()
    return dashboard
  }

  get root(): Locator {
    return this.page.locator('.dashboard')
  }

  part(name: string): Locator {
    return this.page.locator(`.dash-part.is-${name}`)
  }

  async expectConnection(connection: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => window.holdfastDemo?.room.status.current.connection === wanted,
      connection,
    )
  }

  async push(count: number, payload: unknown = { x: 1 }): Promise<void> {
    await this.page.evaluate(
      ([times, what]) => {
        for (let n = 0; n < times; n++) window.holdfastDemo?.room.push('stroke', what)
      },
      [count, payload] as const,
    )
  }

  async goOffline(): Promise<void> {
    await this.page.evaluate(() => window.holdfastDemo?.faults.goOffline())
  }

  async comeBack(): Promise<void> {
    await this.page.evaluate(() => {
      window.holdfastDemo?.faults.comeBack()
      window.dispatchEvent(new Event('online'))
    })
  }

  async expectSaved(): Promise<void> {
    await expect
      .poll(() =>
        this.page.evaluate(() => {
          const { save, pendingCount } = window.holdfastDemo!.room.status.current
          return `${save} ${pendingCount}`
        }),
      )
      .toBe('saved 0')
  }

  /** The text of a figure, without the narrow spaces between thousands. */
  async figure(name: string): Promise<string> {
    const text = await this.page.locator(`[data-figure="${name}"] .figure`).innerText()
    return text.replaceAll('\u202f', '')
  }

  /** The table of frames, row by row. */
  frames(): Promise<ShownCounts> {
    return this.page.evaluate(() => {
      const number = (cell: Element | undefined): number =>
        Number(cell?.textContent?.replaceAll('\u202f', ''))
      const half = (direction: string): Record<string, { frames: number; bytes: number }> => {
        const rows = document.querySelectorAll<HTMLElement>(
          `.frame-table[data-direction="${direction}"] tbody tr`,
        )
        return Object.fromEntries(
          Array.from(rows, (row) => {
            const [frames, bytes] = row.querySelectorAll('td')
            return [row.dataset['kind'] ?? '', { frames: number(frames), bytes: number(bytes) }]
          }),
        )
      }
      return { up: half('up'), down: half('down') }
    })
  }

  /** The state that the diagram has lit, and the way to it. */
  lit(): Promise<{ states: readonly string[]; ways: readonly string[] }> {
    return this.page.evaluate(() => {
      const attributes = (selector: string, name: string): readonly string[] =>
        Array.from(document.querySelectorAll(selector), (each) => each.getAttribute(name) ?? '')
      return {
        states: attributes('.machine.is-narrow .machine-node.is-lit', 'data-state'),
        ways: attributes('.machine.is-narrow .machine-line.is-lit', 'data-ends'),
      }
    })
  }
}
