import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { applySplice } from '../splice.ts'
import { shownText, splicesOf } from '../text-view.ts'

suite('what a text field shows of a shared text', () => {
  test('is as long as Yjs counts it, with objects and carriage returns', () => {
    const text = new Y.Doc().getText('text')
    text.insert(0, 'one\r\ntwo')
    text.insertEmbed(3, { image: 'x' })
    text.format(0, 3, { bold: true })
    const shown = shownText(text.toDelta())
    assert.equal(shown, 'one\ufffc\u240d\ntwo')
    assert.equal(shown.length, text.length)
  })

  test('follows every change that Yjs tells of', () => {
    const change = fc.tuple(fc.nat(40), fc.nat(6), fc.constantFrom('', 'a', 'bc', 'd\r\n'))
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 6 }),
        (transactions) => {
          const doc = new Y.Doc()
          const text = doc.getText('text')
          let shown = ''
          text.observe((event) => {
            shown = splicesOf(event.delta).reduce(applySplice, shown)
          })
          for (const changes of transactions) {
            doc.transact(() => {
              for (const [at, remove, insert] of changes) {
                const start = at % (text.length + 1)
                text.delete(start, Math.min(remove, text.length - start))
                text.insert(start, insert)
              }
            })
            assert.equal(shown, shownText(text.toDelta()))
          }
        },
      ),
    )
  })
})
