import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawsOf } from '../kernel/random.ts'
import { LATER_MS, NOTES, TabBench, row } from './tab-bench.ts'
import type { Tab } from './tab-bench.ts'

type Written = { readonly tab: Tab; readonly seq: number; answer: string | undefined }

type Trace = { readonly lines: readonly string[]; readonly answers: ReadonlyMap<string, number> }

/** Tabs that write while things go wrong; what they were told is compared with what was on the disk, and when. */
const play = async (seed: number): Promise<Trace> => {
  const bench = new TabBench()
  const draws = drawsOf(seed, 'world')
  const lines: string[] = []
  const onDisk = new Set<number>()
  const all: Written[] = []
  const open = (count: number): Tab => bench.tab(`tab ${count}`, drawsOf(seed, `tab ${count}`))
  let opened = 2
  const tabs = [open(1), open(2)]
  bench.profile.onCommitted((_, { putRows }) => {
    for (const { seq } of putRows ?? []) {
      assert.ok(!onDisk.has(seq), 'done twice')
      onDisk.add(seq)
      lines.push(`${bench.scheduler.now} ${seq} is on disk`)
    }
  })
  const write = (tab: Tab): void => {
    const written: Written = { tab, seq: all.length + 1, answer: undefined }
    all.push(written)
    tab.storage.commit(NOTES, { putRows: [row(written.seq)] }, (result) => {
      assert.equal(written.answer, undefined, 'answered twice')
      assert.ok(tab.process.isAlive && !tab.process.isFrozen, 'told to one that does not run')
      written.answer = result.ok ? result.value : result.failure.code
      assert.ok(!result.ok || onDisk.has(written.seq), 'told of what is not on disk')
      lines.push(`${bench.scheduler.now} ${written.seq} ${written.answer}`)
    })
  }
  for (let step = 0; step < 80; step++) {
    const place = draws.below(2)
    const { process, storage } = tabs[place]!
    switch (draws.below(16)) {
      case 0:
        process.freeze()
        break
      case 1:
        process.thaw()
        break
      case 2:
        storage.hang(draws.between(0, 4000))
        break
      case 3:
        storage.hang(0)
        break
      case 4:
        storage.setQuota(draws.chance(0.5))
        break
      case 5:
        storage.closeDatabase()
        break
      case 6:
        bench.profile.wipe()
        break
      case 7:
        process.end()
        tabs[place] = open(++opened)
        break
      default:
        if (!process.isFrozen) write(tabs[place]!)
    }
    await bench.after(draws.chance(0.8) ? draws.between(0, 6) : draws.between(0, 3000))
  }
  for (const { process } of tabs) process.thaw()
  await bench.after(LATER_MS)
  const answers = new Map<string, number>()
  for (const { tab, seq, answer } of all) {
    assert.ok(answer !== undefined || !tab.process.isAlive, `seed ${seed}: ${seq} is not answered`)
    if (answer === 'closed' || answer === 'quota')
      assert.ok(!onDisk.has(seq), `${answer}, and kept`)
    const kind = answer === 'timeout' ? `timeout, kept: ${onDisk.has(seq)}` : `${answer}`
    answers.set(kind, (answers.get(kind) ?? 0) + 1)
  }
  return { lines: [...lines, ...bench.told], answers }
}

test('whatever goes wrong, each call is answered once and truly, and the same seed gives the same trace', async () => {
  const totals = new Map<string, number>()
  const traces = new Set<string>()
  for (let seed = 1; seed <= 60; seed++) {
    const { lines, answers } = await play(seed)
    assert.deepEqual((await play(seed)).lines, lines)
    traces.add(lines.join('\n'))
    for (const [kind, count] of answers) totals.set(kind, (totals.get(kind) ?? 0) + count)
  }
  assert.equal(traces.size, 60)
  const kinds = ['closed', 'committed', 'quota', 'timeout, kept: false', 'timeout, kept: true']
  for (const kind of [...kinds, 'undefined']) {
    assert.ok((totals.get(kind) ?? 0) > 5, `${kind}: ${totals.get(kind)} times`)
  }
})
