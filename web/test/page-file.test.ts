import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageAt } from '../page-file.ts'

const isPage = (name: string): boolean => ['index', 'app', 'basic'].includes(name)

test('A1: a name and one part behind it lead to the page', () => {
  assert.deepEqual(pageAt('/', isPage), { file: '/index.html' })
  assert.deepEqual(pageAt('/app', isPage), { file: '/app.html' })
  assert.deepEqual(pageAt('/app/', isPage), { file: '/app.html' })
  assert.deepEqual(pageAt('/app/notes', isPage), { file: '/app.html' })
  assert.deepEqual(pageAt('/basic/a%2Fb', isPage), { file: '/basic.html' })
})

test('A1: /reliable leads to the app, with the room behind it', () => {
  assert.deepEqual(pageAt('/reliable', isPage), { moved: '/app' })
  assert.deepEqual(pageAt('/reliable/notes', isPage), { moved: '/app/notes' })
  assert.equal(pageAt('/reliable//evil.example', isPage), undefined)
})

test('A1: everything else is no page', () => {
  for (const path of ['/app/a/b', '/app//', '/nope', '/nope/a', '/app.html', '/.app', '//app']) {
    assert.equal(pageAt(path, isPage), undefined, path)
  }
})
