import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRoomName } from '../ids.ts'

const GOOD: readonly string[] = [
  'a',
  'Z',
  '0',
  '_',
  'notes',
  'Notes-2024',
  'a.b',
  'a..b',
  'a~b',
  'a:b',
  'a@b',
  'a-b',
  'team:alpha@example.org',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'CON',
  'NUL',
  'null',
  'undefined',
  '0x00',
  'a.',
  'a-',
  '_.~:@-',
  'x'.repeat(128),
]

const BAD: readonly string[] = [
  '',
  ' ',
  'a b',
  ' a',
  'a ',
  'a\n',
  '\na',
  'a\t',
  'a\r\n',
  'a\0',
  '\0',
  '.',
  '..',
  '.a',
  '../a',
  'a/../b',
  'a/b',
  '/a',
  'a\\b',
  '%2f',
  'a%2fb',
  'a%00',
  '~a',
  ':a',
  '@a',
  '-a',
  'a?b',
  'a#b',
  'a&b',
  'a=b',
  'a+b',
  'a,b',
  'a;b',
  "a'b",
  'a"b',
  'a`b',
  'a<b>',
  'a|b',
  'a*',
  'a$b',
  'a(b)',
  'a[0]',
  'a{b}',
  'a^b',
  'a!',
  '\u00e9t\u00e9',
  'e\u0301te\u0301',
  'caf\u00e9',
  'cafe\u0301',
  '\u212a',
  '\u017f',
  '\u0430',
  '\uff21',
  '\u200b',
  'a\u200d',
  '\ufeffa',
  '\u202ea',
  '\ud83d\ude00',
  '\ud800',
  'a\u2028',
  'x'.repeat(129),
]

for (const name of GOOD) {
  test(`W5: ${JSON.stringify(name.slice(0, 40))} is a room's name`, () => {
    assert.ok(isRoomName(name))
  })
}

for (const name of BAD) {
  test(`W5: ${JSON.stringify(name.slice(0, 40))} (${name.length}) is no room's name`, () => {
    assert.ok(!isRoomName(name))
  })
}
