import type { Text, YTextEvent } from 'yjs'
import { offsetAfter, spliceBetween } from './splice.ts'
import type { Splice } from './splice.ts'
import { shownText, splicesOf } from './text-view.ts'
import { UnshownChanges } from './unshown-changes.ts'

/**
 * Keeps a text field and a shared text equal, with the smallest changes, the cursor where it was, and without disturbing an
 * input method that is composing. Returns how to stop.
 */
export const bindText = (field: HTMLTextAreaElement, text: Text): (() => void) => {
  const binding = new TextBinding(field, text)
  return () => binding.stop()
}

class TextBinding {
  private readonly field: HTMLTextAreaElement
  private readonly text: Text
  private readonly listening = new AbortController()
  /** What the field showed when we last looked: what a person types is the difference to it. */
  private shown: string
  /** What others did while an input method was composing. */
  private unshown: UnshownChanges | undefined
  private isComposing = false

  constructor(field: HTMLTextAreaElement, text: Text) {
    this.field = field
    this.text = text
    this.shown = shownText(text.toDelta())
    field.value = this.shown
    const { signal } = this.listening
    field.addEventListener('input', () => this.takeInput(), { signal })
    field.addEventListener('compositionstart', () => this.compose(), { signal })
    field.addEventListener('compositionend', () => this.endComposing(), { signal })
    // An input method that goes away with the focus may end without a word.
    field.addEventListener('blur', () => this.endComposing(), { signal })
    text.observe(this.takeTheirs)
  }

  stop(): void {
    this.listening.abort()
    this.text.unobserve(this.takeTheirs)
  }

  private takeInput(): void {
    const { value, selectionStart } = this.field
    const typed = spliceBetween(this.shown, value, selectionStart)
    if (typed === undefined) return
    this.shown = value
    const changes = this.unshown?.addOurs(typed) ?? [typed]
    this.text.doc?.transact(() => {
      for (const change of changes) this.change(change)
    }, this)
  }

  private change({ at, remove, insert }: Splice): void {
    if (remove > 0) this.text.delete(at, remove)
    if (insert !== '') this.text.insert(at, insert)
  }

  private readonly takeTheirs = (event: YTextEvent): void => {
    if (event.transaction.origin === this) return
    const theirs = splicesOf(event.delta)
    if (this.isComposing) {
      this.unshown ??= new UnshownChanges(this.shown.length)
      for (const splice of theirs) this.unshown.addTheirs(splice)
      return
    }
    const afterThem = (offset: number): number =>
      theirs.reduce((place, splice) => offsetAfter(place, splice), offset)
    this.show(afterThem)
  }

  private compose(): void {
    this.isComposing = true
  }

  private endComposing(): void {
    this.isComposing = false
    this.takeInput()
    const { unshown } = this
    if (unshown === undefined) return
    this.unshown = undefined
    this.show((offset) => unshown.toShared(offset))
  }

  /** Writes the shared text into the field; `place` says where an offset of the old text is in the new one. */
  private show(place: (offset: number) => number): void {
    const { field } = this
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field
    this.shown = shownText(this.text.toDelta())
    if (field.value !== this.shown) field.value = this.shown
    field.setSelectionRange(place(selectionStart), place(selectionEnd), selectionDirection)
    field.scrollTop = scrollTop
  }
}
