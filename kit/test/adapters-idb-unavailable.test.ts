import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomName } from '../../protocol/index.ts'
import { idbStorage } from '../adapters/idb-storage.ts'
import type { Storage, StorageResult } from '../ports.ts'

const NOTES = 'notes' as RoomName

type OpenRequest = {
  error?: DOMException
  onerror?: (event: Event) => void
  onsuccess?: () => void
}

/** A browser whose `indexedDB.open` does as told: no database ever comes of it. */
const browserThat = (open: (request: OpenRequest) => void): (() => IDBFactory) => {
  const factory = {
    open: (): OpenRequest => {
      const request: OpenRequest = {}
      open(request)
      return request
    },
  }
  return () => factory as unknown as IDBFactory
}

const failsWith = (name: string): (() => IDBFactory) =>
  browserThat((request) => {
    setImmediate(() => {
      request.error = new DOMException('no', name)
      request.onerror?.(new Event('error'))
    })
  })

const answers = async (storage: Storage): Promise<string[]> => {
  const call = (ask: (done: (result: StorageResult<unknown>) => void) => void): Promise<string> =>
    new Promise((resolve) => {
      let isCalling = true
      ask((result) => {
        assert.ok(!isCalling, 'answered from within the call')
        assert.ok(!result.ok)
        assert.match(result.failure.reason, /^[A-Z].*\.$/s)
        resolve(result.failure.code)
      })
      isCalling = false
    })
  return Promise.all([
    call((done) => storage.load(NOTES, done)),
    call((done) => storage.commit(NOTES, { forgetLog: true }, done)),
    call((done) => storage.roomsWithRows(done)),
    call((done) => storage.profileId('x', done)),
  ])
}

const storageIn = (factory: () => IDBFactory | undefined): Storage =>
  idbStorage({ namespace: 'test', factory, openTimeoutMs: 10 })

const ALL_UNAVAILABLE = ['unavailable', 'unavailable', 'unavailable', 'unavailable']

test('O15: without IndexedDB every call is answered `unavailable`', async () => {
  assert.deepEqual(await answers(idbStorage({ namespace: 'test' })), ALL_UNAVAILABLE)
})

test('O15: where even reading `indexedDB` throws, every call is answered `unavailable`', async () => {
  const storage = storageIn(() => {
    throw new DOMException('sandboxed', 'SecurityError')
  })
  assert.deepEqual(await answers(storage), ALL_UNAVAILABLE)
})

test('O15: where `open` throws, as in private modes, every call is answered `unavailable`', async () => {
  const storage = storageIn(
    browserThat(() => {
      throw new DOMException('private', 'InvalidStateError')
    }),
  )
  assert.deepEqual(await answers(storage), ALL_UNAVAILABLE)
})

test('O15: where `open` fails, every call is answered `unavailable`', async () => {
  assert.deepEqual(await answers(storageIn(failsWith('UnknownError'))), ALL_UNAVAILABLE)
})

test('O15: where the disk is too full even to open, the answer is `quota`', async () => {
  const codes = await answers(storageIn(failsWith('QuotaExceededError')))
  assert.deepEqual(codes, ['quota', 'quota', 'quota', 'quota'])
})

test('O15: an `open` that hangs is answered `unavailable` after its time limit, and asked again', async () => {
  let opened = 0
  const storage = storageIn(browserThat(() => opened++))
  assert.deepEqual(await answers(storage), ALL_UNAVAILABLE)
  assert.equal(opened, 1, 'the calls share one opening')
  assert.deepEqual(await answers(storage), ALL_UNAVAILABLE)
  assert.equal(opened, 2)
})

test('a newer database gets a sentence that says so', async () => {
  const storage = storageIn(failsWith('VersionError'))
  const result = await new Promise<StorageResult<unknown>>((resolve) => {
    storage.load(NOTES, resolve)
  })
  assert.ok(!result.ok)
  assert.equal(result.failure.code, 'unavailable')
  assert.match(result.failure.reason, /newer version of this app/)
})

test('O15: a page that closes its storage while it opens is answered, and lets go of what opens late', async () => {
  let requested: OpenRequest | undefined
  let closed = 0
  const storage = storageIn(browserThat((request) => (requested = request)))
  const asked = answers(storage)
  storage.close()
  Object.assign(requested ?? {}, { result: { close: () => closed++ } })
  requested?.onsuccess?.()
  assert.deepEqual(await asked, ['closed', 'closed', 'closed', 'closed'])
  assert.equal(closed, 1)
})

test('protection is told as unknown where the browser says nothing', async () => {
  const told = await new Promise((resolve) => {
    idbStorage({ namespace: 'test' }).protection(resolve)
  })
  assert.deepEqual(told, {})
})
