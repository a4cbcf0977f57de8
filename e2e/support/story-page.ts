import { expect } from 'playwright/test'
import type { Locator, Page } from 'playwright/test'

type Side = 'Left' | 'Right'

/** How a press of the button goes: by mouse, or by a key while it has the focus. */
export type Press = (button: Locator) => Promise<void>

/** The story as somebody sees it who plays it. */
export class StoryPage {
  readonly page: Page
  readonly button: Locator
  readonly narration: Locator
  readonly #press: Press

  constructor(page: Page, press: Press = (button) => button.click()) {
    this.page = page
    this.button = page.locator('#next-act')
    this.narration = page.locator('#narration')
    this.#press = press
  }

  client(side: Side): Locator {
    return this.page.getByRole('region', { name: `${side} client` })
  }

  light(side: Side): Locator {
    return this.client(side).locator('.light')
  }

  waiting(side: Side): Locator {
    return this.client(side).locator('.waiting-count .figure')
  }

  text(side: Side): Locator {
    return this.client(side).frameLocator('iframe').getByRole('textbox', { name: 'Shared text' })
  }

  wire(at: 0 | 1): Locator {
    return this.page.locator('.story-wire').nth(at)
  }

  get relay(): Locator {
    return this.page.getByRole('region', { name: 'The relay' })
  }

  get room(): string {
    return new URL(this.page.url()).searchParams.get('room') ?? ''
  }

  /** The lines of the verdict so far, as they are read. */
  async verdicts(): Promise<readonly string[]> {
    const lines = await this.page.locator('.verdict:not(.is-empty)').allInnerTexts()
    return lines.map((line) => line.replaceAll(/\s+/g, ' ').trim())
  }

  async inspectLine(): Promise<string> {
    return this.page.locator('.inspect-line').innerText()
  }

  /** Waits until the button offers this act. */
  async offers(label: string, timeoutMs = 15_000): Promise<void> {
    const offered = this.page.locator('#next-act[aria-disabled="false"]', { hasText: label })
    await expect(offered).toBeVisible({ timeout: timeoutMs })
  }

  /** Presses the button that offers `label`, and returns how long it took until a light showed another state. */
  async press(label: string): Promise<number> {
    await this.offers(label)
    const moved = this.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let pressedAt = 0
          document.querySelector('#next-act')?.addEventListener(
            'click',
            () => {
              pressedAt = performance.now()
            },
            { capture: true, once: true },
          )
          const observer = new MutationObserver(() => {
            if (pressedAt === 0) return
            observer.disconnect()
            resolve(performance.now() - pressedAt)
          })
          observer.observe(document.body, { subtree: true, attributeFilter: ['data-save'] })
        }),
    )
    await this.#press(this.button)
    return moved
  }
}
