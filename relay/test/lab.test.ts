import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { inspectCommandFor } from '../inspect-command.ts'
import { ask, atEnd, codeOf, startRelay } from './started-relay.ts'

const withLab = async () => {
  let kills = 0
  const lab = { starts: 3, inspect: 'inspect --room', kill: () => void kills++ }
  return { ...(await startRelay({ lab })), kills: () => kills }
}

test('A3: this machine is told what the lab needs, and may kill the relay from a page of its own', async () => {
  const { port, url, kills } = await withLab()
  const told = await ask(port, '/lab')
  assert.equal(told.status, 200)
  assert.deepEqual(JSON.parse(told.text), {
    pid: process.pid,
    starts: 3,
    inspect: 'inspect --room',
  })
  const killed = await ask(port, '/lab/kill', { method: 'POST', headers: { Origin: url } })
  assert.deepEqual([killed.status, codeOf(killed)], [202, 'killed'])
  assert.equal(kills(), 1)
})

test('A3: a page of another site, or a form of one, kills nothing', async () => {
  const { port, url, kills } = await withLab()
  for (const headers of [{}, { Origin: 'http://evil.example' }, { Origin: 'null' }]) {
    const answered = await ask(port, '/lab/kill', { method: 'POST', headers })
    assert.equal(answered.status, 403)
  }
  const method = await ask(port, '/lab/kill', { headers: { Origin: url } })
  assert.equal(method.status, 404)
  assert.equal(kills(), 0)
})

test('A3: for whoever is not this machine there is no lab', async () => {
  const { port, url, kills } = await withLab()
  const name = `relay.example:${port}`
  const named = await startRelay({
    lab: { starts: 1, inspect: '', kill: () => assert.fail() },
    allowHosts: ['relay.example'],
  })
  for (const forwarded of [{ 'X-Forwarded-For': '127.0.0.1' }, { Forwarded: 'for=127.0.0.1' }]) {
    assert.equal((await ask(port, '/lab', { headers: forwarded })).status, 404)
    const headers = { Origin: url, ...forwarded }
    assert.equal((await ask(port, '/lab/kill', { method: 'POST', headers })).status, 405)
  }
  const host = `relay.example:${named.port}`
  assert.equal((await ask(named.port, '/lab', { headers: { Host: host } })).status, 404)
  assert.equal((await ask(port, '/lab', { headers: { Host: name } })).status, 403)
  assert.equal(kills(), 0)
})

test('A3: without lab controls there is no lab', async () => {
  const without = await startRelay()
  assert.equal((await ask(without.port, '/lab')).status, 404)
  const killing = { method: 'POST', headers: { Origin: without.url } }
  assert.equal((await ask(without.port, '/lab/kill', killing)).status, 405)
})

test('A3: lab controls where other machines reach the relay keep it from starting', async () => {
  const lab = { starts: 1, inspect: '', kill: () => assert.fail() }
  const authorize = () => ({ user: '', read: true, write: true })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  atEnd(async () => server.close())
  const open = [
    { host: '0.0.0.0', isAnyNetworkAllowed: true },
    { host: '::', isAnyNetworkAllowed: true },
    { host: '0.0.0.0', authorize },
    { server, authorize },
  ]
  for (const options of open) {
    await assert.rejects(startRelay({ lab, ...options }), {
      code: 'open-lab',
      message: /^Lab controls .* without --lab, or on 127\.0\.0\.1\.$/,
    })
  }
})

test('A3: the command to inspect by is one that can be typed', () => {
  const begin = 'npm run --silent holdfast -- inspect --data'
  assert.equal(inspectCommandFor(`${process.cwd()}/data`), `${begin} data --room`)
  assert.equal(inspectCommandFor('/var/lib/holdfast'), `${begin} /var/lib/holdfast --room`)
  assert.equal(inspectCommandFor("/var/it's mine"), `${begin} '/var/it'\\''s mine' --room`)
})
