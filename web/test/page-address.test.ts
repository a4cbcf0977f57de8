import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { isRoomName } from '../../kit/index.ts'
import {
  clientPath,
  newRoomName,
  readClientAddress,
  readDemoAddress,
  readRoomPage,
  roomPagePath,
} from '../page-address.ts'

suite('the address of a client', () => {
  test('comes back as it was written', () => {
    const address = { room: 'notes:1', namespace: 'left', user: 'Ada & <b>', peers: 'on' } as const
    assert.deepEqual(readClientAddress(new URL(clientPath(address), 'http://x').search), address)
    const bare = { room: 'a', namespace: undefined, user: undefined, peers: undefined }
    assert.deepEqual(readClientAddress('?room=a'), bare)
  })

  test('that is wrong gives a sentence with what is wrong in it', () => {
    for (const [search, said] of [
      ['', 'names no room'],
      ['?room=', '“”'],
      ['?room=a/b', '“a/b”'],
      ['?room=.hidden', '“.hidden”'],
      [`?room=${'x'.repeat(129)}`, `“${'x'.repeat(40)}…”`],
      ['?room=a&namespace=', 'namespace'],
      ['?room=a&namespace=../b', '“../b”'],
      ['?room=a&peers=maybe', '“maybe”'],
    ] as const) {
      const read = readClientAddress(search)
      assert.ok('problem' in read, search)
      assert.match(read.problem, /^(A|This|Direct) .*\.$/)
      assert.ok(read.problem.includes(said), read.problem)
    }
  })

  test('gives an answer for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (room) => {
        const search = `?room=${encodeURIComponent(room.toWellFormed())}`
        const [client, demo] = [readClientAddress(search), readDemoAddress(search)]
        assert.equal('problem' in client, !isRoomName(room))
        assert.equal('problem' in demo, !isRoomName(room))
        assert.equal('problem' in readClientAddress(room), true)
      }),
    )
  })
})

suite('the address of the page with two clients', () => {
  test('may name no room yet', () => {
    assert.deepEqual(readDemoAddress(''), { room: undefined })
    assert.deepEqual(readDemoAddress('?room=a'), { room: 'a' })
  })

  test('gets a room name of its own from any random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (random) => {
        assert.ok(isRoomName(newRoomName(random)))
      }),
    )
    assert.notEqual(newRoomName(new Uint8Array(8)), newRoomName(new Uint8Array(8).fill(1)))
  })
})

suite('the address of a page of one room', () => {
  const bare = { namespace: undefined, user: undefined, peers: undefined }

  test('names the room in its path, or in its query where the file itself is asked for', () => {
    assert.deepEqual(readRoomPage('/app/notes', ''), { room: 'notes', ...bare })
    assert.deepEqual(readRoomPage('/app/a%3A1', ''), { room: 'a:1', ...bare })
    assert.deepEqual(readRoomPage('/app.html', '?room=notes'), { room: 'notes', ...bare })
    for (const path of ['/app', '/app/', '/app.html', '/basic']) {
      assert.deepEqual(readRoomPage(path, ''), { room: undefined, ...bare }, path)
    }
    assert.deepEqual(readRoomPage('/app/notes', '?user=Ada&namespace=left&fault.latencyMs=5'), {
      room: 'notes',
      namespace: 'left',
      user: 'Ada',
      peers: undefined,
    })
  })

  test('that is wrong gives a sentence', () => {
    for (const path of ['/app/a/b', '/app/.hidden', '/app/%', '/app/%ff', '/app/%20']) {
      assert.ok('problem' in readRoomPage(path, ''), path)
    }
    assert.ok('problem' in readRoomPage('/app/a', '?namespace=!'))
  })

  test('is made for any room so that reading it gives that room', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }).filter(isRoomName), (room) => {
        for (const page of ['/app', '/basic/other', '/app.html']) {
          const url = new URL(roomPagePath(page, room, '?fault.latencyMs=5'), 'http://x')
          assert.deepEqual(readRoomPage(url.pathname, url.search), { room, ...bare })
          assert.equal(url.searchParams.get('fault.latencyMs'), '5')
        }
      }),
    )
    assert.equal(roomPagePath('/app', 'a'), '/app/a')
    assert.equal(roomPagePath('/app.html', 'a'), '/app.html?room=a')
  })
})
