import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { addressWithOpen, openInAddress, withOpened, withShut } from '../open-drawers.ts'
import type { DrawerPlace } from '../open-drawers.ts'

const PLACES: readonly DrawerPlace[] = [
  { name: 'faults', side: 'left' },
  { name: 'dashboard', side: 'right' },
  { name: 'people', side: 'right' },
]

suite('drawers', () => {
  test('are open one on a side where there is room for both sides', () => {
    const one = withOpened([], 'faults', PLACES, 'both-sides')
    const two = withOpened(one, 'dashboard', PLACES, 'both-sides')
    assert.deepEqual(two, ['faults', 'dashboard'])
    assert.deepEqual(withOpened(two, 'people', PLACES, 'both-sides'), ['faults', 'people'])
    assert.deepEqual(withShut(two, 'faults'), ['dashboard'])
  })

  test('are open one at a time where there is not', () => {
    assert.deepEqual(withOpened(['faults'], 'dashboard', PLACES, 'one'), ['dashboard'])
  })

  test('of an address are opened as if one after the other, unknown ones passed over', () => {
    const open = openInAddress('?room=a&open=people,nothing,faults', PLACES, 'both-sides')
    assert.deepEqual(open, ['people', 'faults'])
    assert.deepEqual(openInAddress('?open=people,faults', PLACES, 'one'), ['faults'])
    assert.deepEqual(openInAddress('', PLACES, 'one'), [])
  })

  test('are written into an address that otherwise stays as it is', () => {
    const href = 'http://x/app/a?fault.latencyMs=5&open=people&user=A%20b#part'
    const written = 'http://x/app/a?fault.latencyMs=5&user=A%20b&open=faults,dashboard#part'
    assert.equal(addressWithOpen(href, ['faults', 'dashboard']), written)
    assert.equal(addressWithOpen(written, []), 'http://x/app/a?fault.latencyMs=5&user=A%20b#part')
  })
})
