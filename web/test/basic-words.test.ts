import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { addressWithKeep, databaseName, holdfastAddress, readKeep } from '../basic-address.ts'
import { FIRST_NEWS, stockLamps, stockSentence } from '../stock-reading.ts'
import type { StockNews } from '../stock-reading.ts'

const news = (change: Partial<StockNews>): StockNews => ({ ...FIRST_NEWS, ...change })
const STATES: readonly StockNews[] = (['connecting', 'connected', 'disconnected'] as const).flatMap(
  (status) =>
    (['nothing', 'loading', 'synced'] as const).flatMap((keeps) =>
      [true, false].map((isSynced) => news({ status, keeps, isSynced })),
    ),
)

suite('what the stock page says of itself', () => {
  test('never says that an edit is saved, stored or safe', () => {
    for (const state of STATES) {
      const words = [stockSentence(state), ...stockLamps(state).map(({ meaning }) => meaning)]
      for (const said of words) {
        assert.doesNotMatch(said, /\b(saved|safe)\b|(?<!whether the relay has )stored/, said)
      }
      assert.match(stockSentence(state), /Nothing says/)
    }
  })

  test('has the words of the parts as they are, and those of y-indexeddb only where it is', () => {
    const words = (state: StockNews): string[] =>
      stockLamps(state).map(({ name, word, isGood }) => `${name} ${word} ${isGood}`)
    assert.deepEqual(words(news({ status: 'connected', isSynced: true })), [
      'status connected true',
      'synced yes true',
    ])
    assert.deepEqual(words(news({ status: 'disconnected', keeps: 'loading' })), [
      'status disconnected false',
      'synced no false',
      'y-indexeddb synced no false',
    ])
    assert.equal(words(news({ keeps: 'synced' })).at(-1), 'y-indexeddb synced yes true')
  })

  test('says where the edits are, and that the provider gave up', () => {
    assert.match(stockSentence(news({ status: 'connected' })), /this page’s memory, and sent/)
    assert.match(stockSentence(news({ keeps: 'synced' })), /handed to y-indexeddb/)
    const refusal = { code: 4401, reason: 'no' }
    assert.match(stockSentence(news({ refusal })), /stopped trying/)
  })
})

suite('the address of the stock page', () => {
  test('says whether y-indexeddb is on, and refuses other words', () => {
    assert.deepEqual(readKeep('?user=a'), { isKept: false })
    assert.deepEqual(readKeep('?keep=indexeddb'), { isKept: true })
    const read = readKeep('?keep=localStorage')
    assert.ok('problem' in read && read.problem.includes('localStorage'))
  })

  test('changes in nothing else when the switch is pressed, and back again', () => {
    const off = 'http://h:1/basic/notes?user=Ada%20L&fault.seed=1#x'
    const on = addressWithKeep(off, true)
    assert.equal(on, 'http://h:1/basic/notes?user=Ada%20L&fault.seed=1&keep=indexeddb#x')
    assert.equal(addressWithKeep(on, true), on)
    assert.equal(addressWithKeep(on, false), off)
  })

  test('leads to the same room on Holdfast, with its faults', () => {
    assert.equal(
      holdfastAddress('http://h/basic/notes?keep=indexeddb&fault.lossUp=0.1', 'notes'),
      '/app/notes?fault.lossUp=0.1',
    )
    assert.equal(holdfastAddress('http://h/basic.html?room=a', 'a'), '/app/a')
  })

  test('keeps rooms and people of one browser in databases of their own', () => {
    const names = [
      databaseName('a', undefined),
      databaseName('a', 'left'),
      databaseName('b', 'left'),
    ]
    assert.equal(new Set(names).size, 3)
  })
})

test('the stock page has every style of the page that it stands beside', () => {
  const stylesOf = (page: string): string[] => {
    const html = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
    return [...html.matchAll(/href="(\/style\/[^"]+)"/g)].map(([, path = '']) => path)
  }
  const stock = stylesOf('basic.html')
  assert.deepEqual(
    stylesOf('app.html').filter((path) => !stock.includes(path)),
    [],
  )
})
