import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutInlineCode } from '../document/pasted-html.ts'

test('pasted HTML loses styles and handlers, and nothing else', () => {
  for (const [pasted, left] of [
    ['<p style="color:red" class="a">b</p>', '<p class="a">b</p>'],
    [`<a title='x > y' onclick='go()' href="/">c</a>`, `<a title='x > y' href="/">c</a>`],
    ['<b STYLE=color:red>d</b>', '<b>d</b>'],
    ['<style>p { color: red }</style><p>e</p><script>f()</script>', '<p>e</p>'],
    ['1 < 2 style="3" and onward = so', '1 < 2 style="3" and onward = so'],
  ] as const) {
    assert.equal(withoutInlineCode(pasted), left)
  }
})
