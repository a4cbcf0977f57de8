import type { BrowserContext, Locator, Page } from 'playwright/test'
import { expect } from './test.ts'

export type EditorName = 'tiptap' | 'codemirror' | 'react'

export type EditorAddress = {
  /** Where the pages are, with the provider that is built into them. */
  readonly pages: string
  /** `http://…` of the relay. */
  readonly relay: string
  readonly room: string
  readonly user: string
}

const EDITABLE: Readonly<Record<EditorName, string>> = {
  tiptap: '.tiptap',
  codemirror: '.cm-content',
  react: 'textarea',
}
const CARET: Readonly<Record<EditorName, string>> = {
  tiptap: '.collaboration-carets__label',
  codemirror: '.cm-ySelectionInfo',
  react: '.none',
}

/** One user's page with an editor of e2e/editors-lab in it. */
export class EditorPage {
  readonly page: Page
  readonly #name: EditorName

  private constructor(page: Page, name: EditorName) {
    this.page = page
    this.#name = name
  }

  static async open(
    device: BrowserContext,
    name: EditorName,
    { pages, relay, room, user }: EditorAddress,
  ): Promise<EditorPage> {
    const page = await device.newPage()
    page.on('pageerror', (error) => {
      throw error
    })
    const address = new URLSearchParams({ relay: `${relay.replace('http', 'ws')}/y`, room, user })
    await page.goto(`${pages}/${name}.html?${address}`)
    return new EditorPage(page, name)
  }

  get text(): Locator {
    return this.page.locator(EDITABLE[this.#name])
  }

  /** The names at the carets of the others. */
  get carets(): Locator {
    return this.page.locator(CARET[this.#name])
  }

  /** At the end of what is there. */
  async type(text: string): Promise<void> {
    await this.text.press('Control+End')
    await this.text.pressSequentially(text)
  }

  async undo(): Promise<void> {
    await this.text.press('Control+z')
  }

  /** How many steps it took. */
  async undoUntil(text: string): Promise<number> {
    for (let step = 1; step <= text.length; step++) {
      await this.undo()
      if ((await this.written()) === text) return step
    }
    throw new Error(`Undone to: ${await this.written()}`)
  }

  async redo(): Promise<void> {
    await this.text.press('Control+y')
  }

  async expectText(text: string): Promise<void> {
    await expect.poll(() => this.written()).toBe(text)
  }

  async expectSynced(isSynced: boolean = true): Promise<void> {
    await expect
      .poll(() => this.page.evaluate(() => window.openEditor.provider.synced))
      .toBe(isSynced)
  }

  /** What is in the editor, without the carets of the others. */
  written(): Promise<string> {
    return this.text.evaluate((element, caret) => {
      const copy = element.cloneNode(true) as HTMLElement
      for (const each of copy.querySelectorAll(caret)) each.remove()
      return (copy.textContent ?? '').replaceAll('\u2060', '')
    }, `${CARET[this.#name]}, .cm-ySelectionCaret`)
  }

  shared(): Promise<string> {
    return this.page.evaluate(() => window.openEditor.shared())
  }

  /** The light of a provider that has one. */
  save(): Promise<unknown> {
    return this.page.evaluate(() => {
      const room = Reflect.get(window.openEditor.provider, 'room') as
        | { readonly status: { readonly current: { readonly save: string } } }
        | undefined
      return room?.status.current.save
    })
  }
}
