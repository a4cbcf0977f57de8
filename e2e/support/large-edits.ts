import type { Page } from 'playwright/test'
import type { Doc } from 'yjs'
import './demo-window.ts'

/** What a document shows of what was pasted: how much, and a sum that any other content would change. */
export type Pasted = { readonly picture: readonly number[]; readonly text: readonly number[] }

/** Bytes in which nothing repeats, as a compressed picture's. Runs in a page as well as here. */
export const noise = (length: number): Uint8Array => {
  let seed = 7
  return Uint8Array.from({ length }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255)
}

/** {@link Pasted} of a document of this process. */
export const pastedIn = (doc: Doc): Pasted => {
  const sum = (bytes: Uint8Array): number[] => {
    let value = 0
    for (const byte of bytes) value = (value * 31 + byte) % 1_000_003
    return [bytes.length, value]
  }
  const picture = (doc.getMap('files').get('picture') as Uint8Array | undefined) ?? new Uint8Array()
  const text = new TextEncoder().encode(doc.getText('pasted').toJSON())
  return { picture: sum(picture), text: sum(text) }
}

/** The same of a page's document. */
export const pastedOn = (page: Page): Promise<Pasted> =>
  page.evaluate(`(${pastedIn.toString()})(window.holdfastDemo.room.doc)`)

/** A page's user puts a picture into the document; resolves at once. */
export const pastePicture = (page: Page, bytes: number): Promise<void> =>
  page.evaluate(`void window.holdfastDemo.room.doc.getMap('files')
    .set('picture', (${noise.toString()})(${bytes}))`)

/** The same of a picture that an app writes as base64 of so many characters. */
export const pasteText = (page: Page, characters: number): Promise<void> =>
  page.evaluate(`void window.holdfastDemo.room.doc.getText('pasted')
    .insert(0, Array.from((${noise.toString()})(${characters}),
      (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[byte & 63]).join(''))`)
