import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PendingEntry, SaveState } from '../../kit/index.ts'
import { isAtRisk } from '../warn-before-losing.ts'

const entry = (isOnDisk: boolean): PendingEntry => ({
  author: 'a',
  seq: 1,
  kind: 'update',
  name: undefined,
  bytes: new Uint8Array(1),
  ageMs: 0,
  isOnDisk,
})

const isAsked = (
  save: SaveState,
  isStorageWorking: boolean,
  onDisk: readonly boolean[] = [],
  rejectedCount = 0,
): boolean => {
  const status: Parameters<typeof isAtRisk>[0] = {
    save,
    isStorageWorking,
    pendingCount: onDisk.length,
    rejectedCount,
  }
  return isAtRisk(status, () => onDisk.map(entry))
}

test('a page is closed unasked, unless something is in it alone', () => {
  assert.equal(isAsked('volatile', false, [false]), true)
  assert.equal(isAsked('volatile', false), false)
  assert.equal(isAsked('on-device', true, [true]), false)
  assert.equal(isAsked('deleted', true, [true, false]), false, 'on its way to the disk')
  assert.equal(isAsked('deleted', false, [true]), false)
  assert.equal(isAsked('deleted', false, [true, false]), true)
  assert.equal(isAsked('deleted', false), false)
  assert.equal(isAsked('rejected', true, [], 1), false)
  assert.equal(isAsked('rejected', false, [], 1), true, 'the list is in this page alone')
})
