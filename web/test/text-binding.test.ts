import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import { bindText } from '../text-binding.ts'

/** As much of a text field as the binding uses. */
class Field extends EventTarget {
  #value = ''
  selectionStart = 0
  selectionEnd = 0
  selectionDirection = 'none'
  scrollTop = 0
  writes = 0

  get value(): string {
    return this.#value
  }
  set value(value: string) {
    this.writes += 1
    this.#value = value
    this.setSelectionRange(value.length, value.length, 'none')
  }
  setSelectionRange(start: number, end: number, direction: string): void {
    Object.assign(this, {
      selectionStart: start,
      selectionEnd: end,
      selectionDirection: direction,
    })
  }
  /** What a person does: replaces `remove` letters before the cursor. */
  type(letters: string, remove = 0): void {
    const start = this.selectionStart - remove
    this.#value = this.#value.slice(0, start) + letters + this.#value.slice(this.selectionEnd)
    this.setSelectionRange(start + letters.length, start + letters.length, 'none')
    this.dispatchEvent(new Event('input'))
  }
}

const person = (start: string): { field: Field; text: Y.Text; stop: () => void } => {
  const text = new Y.Doc().getText('text')
  text.insert(0, start)
  const field = new Field()
  const stop = bindText(field as unknown as HTMLTextAreaElement, text)
  return { field, text, stop }
}

suite('a text field on a shared text', () => {
  test('sends what is typed as the smallest change, in one transaction', () => {
    const { field, text } = person('hello world')
    const deltas: unknown[] = []
    text.observe((event) => deltas.push(event.delta))
    field.setSelectionRange(11, 11, 'none')
    field.type('!')
    field.setSelectionRange(0, 5, 'forward')
    field.type('goodbye')
    assert.equal(text.toString(), 'goodbye world!')
    assert.equal(deltas.length, 2)
    assert.deepEqual(deltas[0], [{ retain: 11 }, { insert: '!' }])
  })

  test('leaves the cursor and the selection in their place when others write', () => {
    const { field, text } = person('hello world')
    field.setSelectionRange(6, 11, 'backward')
    field.scrollTop = 40
    text.insert(0, '>> ')
    assert.equal(field.value, '>> hello world')
    assert.deepEqual([field.selectionStart, field.selectionEnd], [9, 14])
    assert.equal(field.selectionDirection, 'backward')
    assert.equal(field.scrollTop, 40)
  })

  test('does not touch the field while an input method composes, and loses nothing meanwhile', () => {
    const { field, text } = person('hello world')
    field.setSelectionRange(5, 5, 'none')
    field.dispatchEvent(new Event('compositionstart'))
    const { writes } = field
    field.type('k')
    text.insert(0, '>> ')
    text.insert(text.length, '!')
    field.type('か', 1)
    assert.equal(field.writes, writes)
    assert.equal(field.value, 'helloか world')
    assert.equal(text.toString(), '>> helloか world!', 'what is composed is sent at once')
    field.dispatchEvent(new Event('compositionend'))
    assert.equal(field.value, '>> helloか world!')
    assert.equal(field.selectionStart, 9)
  })

  test('lets go when it is stopped', () => {
    const { field, text, stop } = person('a')
    stop()
    text.insert(1, 'b')
    field.type('c')
    assert.equal(field.value.includes('b'), false)
    assert.equal(text.toString(), 'ab')
  })
})
