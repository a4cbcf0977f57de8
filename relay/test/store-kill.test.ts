import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoreProcess } from '../stores/testing/store-process.ts'

const KILLS = 5
const APPENDS_PER_KILL = 40

/** Appends one batch after the other; the heads whose append resolved are the promise that counts. */
async function appendUntilDead(writer: StoreProcess, from: number): Promise<number> {
  let resolved = from
  const appends = Array.from({ length: 100 * APPENDS_PER_KILL }, (_, i) => {
    const append = { room: 'r', expectHead: from + i, head: from + i + 1, term: 0, text: `${i}` }
    return writer.call({ op: 'append', appends: [append] }).then((answer) => {
      if (!answer.ok) return
      assert.deepEqual(answer.value, [{ ok: true }])
      resolved = from + i + 1
      if (resolved === from + APPENDS_PER_KILL) return writer.kill('SIGKILL')
    })
  })
  await Promise.all(appends)
  return resolved
}

test(
  'a writer that is killed in mid-burst loses nothing that it resolved, and the next one takes over',
  { timeout: 60_000 },
  async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-kill-'))
    t.after(() => rm(dir, { recursive: true }))
    let head = 0
    for (let i = 0; i < KILLS; i++) {
      const writer = new StoreProcess(dir, 'write')
      t.after(() => writer.kill())
      assert.equal((await writer.opened).ok, true)
      const resolved = await appendUntilDead(writer, head)
      assert.ok(resolved >= head + APPENDS_PER_KILL)

      const next = new StoreProcess(dir, 'write')
      t.after(() => next.kill())
      const heads = await next.call({ op: 'heads', room: 'r' })
      assert.ok(heads.ok)
      const found = heads.value as number[]
      assert.deepEqual(
        found,
        Array.from({ length: found.length }, (_, n) => n + 1),
      )
      assert.ok(found.length >= resolved, `${resolved} resolved, ${found.length} found`)
      head = found.length
      await next.kill('SIGKILL')
    }
  },
)
