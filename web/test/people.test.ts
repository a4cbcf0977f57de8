import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { peopleHere, peopleSummary, seenWords } from '../people-reading.ts'
import { NO_NAMES, addName, shownName } from '../room-names.ts'
import { PERSON_COLORS, cleanName, colorOfUser, initialsOf, nameInId } from '../shown-name.ts'
import { newUserId } from '../shown-name.ts'

suite('names', () => {
  test('begin with the one in the id, whose tail is not shown', () => {
    const id = newUserId(['Ada', 'Tim'], new Uint8Array([1, 0, 1, 2, 3, 4, 5]))
    assert.match(id, /^Tim~[a-z2-9]{6}$/)
    assert.equal(nameInId(id), 'Tim')
    assert.equal(nameInId('Ada & <b>'), 'Ada & <b>')
    assert.equal(nameInId('\u202e\u0000'), 'Somebody')
  })

  test('are the last that each user took, and rubbish counts for nothing', () => {
    const took = (names: typeof NO_NAMES, user: string, payload: unknown): typeof NO_NAMES =>
      addName(names, { name: 'name', user, payload: payload as never })
    const one = took(NO_NAMES, 'a', { name: ' Bo ' })
    const two = took(took(one, 'b', { name: 'Cy' }), 'a', { name: 'Di' })
    assert.equal(shownName(two, 'a'), 'Di')
    assert.equal(shownName(two, 'b'), 'Cy')
    assert.equal(shownName(one, 'a'), 'Bo')
    for (const rubbish of [null, 7, 'Bo', [], {}, { name: 7 }, { name: '' }, new Uint8Array(2)]) {
      assert.equal(took(two, 'a', rubbish), two)
    }
    assert.equal(addName(two, { name: 'other', user: 'a', payload: { name: 'Ed' } }), two)
  })

  test('of any kind are shortened, and freed of what would garble the text around them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = cleanName(text)
        if (name === undefined) return
        assert.ok([...name].length <= 32 && name.trim() === name && name !== '')
        assert.doesNotMatch(name, /[\p{Cc}\p{Cf}\p{Cs}]/u)
        assert.ok([...initialsOf(name)].length >= 1)
      }),
    )
    assert.equal(initialsOf('Ada Lovelace'), 'AL')
    assert.equal(initialsOf('tim'), 'T')
  })

  test('have a color of those there are', () => {
    fc.assert(
      fc.property(fc.string(), (user) => {
        const color = colorOfUser(user)
        assert.ok(Number.isInteger(color) && color >= 0 && color < PERSON_COLORS)
      }),
    )
  })
})

suite('who is here', () => {
  const sessions = (...seen: number[]): never =>
    seen.map((seenThrough, at) => ({ session: at, state: 'here', seenThrough })) as never
  const users = [
    { user: 'Tim', isSelf: false, state: 'away', sessions: sessions(9) },
    { user: 'Ada', isSelf: true, state: 'here', sessions: sessions(12) },
    { user: 'Karen', isSelf: false, state: 'here', sessions: sessions(3, 12) },
  ] as const

  test('is this user first, and of the others what the best of their pages has seen', () => {
    const people = peopleHere(users, 'Ada', new Map([['Tim', 'Timothy']]), 12)
    assert.deepEqual(
      people.map(({ name }) => name),
      ['Ada', 'Timothy', 'Karen'],
    )
    assert.equal(seenWords(people[1]!), 'is 3 behind · away')
    assert.equal(seenWords(people[2]!), 'has seen everything')
    assert.equal(people[2]!.pageCount, 2)
    assert.equal(peopleSummary(people), 'Timothy is 3 behind · away')
  })

  test('is said in one line', () => {
    const at = (head: number): string => peopleSummary(peopleHere(users, 'Ada', new Map(), head))
    assert.equal(at(9), 'The others have seen everything')
    assert.equal(at(20), '2 of 2 others are behind')
    assert.equal(peopleSummary(peopleHere([], 'Ada', new Map(), 3)), 'Nobody else is here')
    const unheard = [{ user: 'Tim', isSelf: false, state: 'here', sessions: sessions(0) } as const]
    assert.equal(
      peopleSummary(peopleHere(unheard, 'Ada', new Map(), 3)),
      'Tim has not said yet what they saw',
    )
  })
})
