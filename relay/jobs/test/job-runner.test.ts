import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { after, test } from 'node:test'
import type { JobPage } from '../job-messages.ts'
import { mayRise } from '../job-priority.ts'
import { codeOf, isAlive, jobsBench, niceOfJobs, untilTrue } from './jobs-bench.ts'

const shared = jobsBench()
after(() => shared.runner.stop())

/** Both places have a process that is ready. */
const warm = async ({ runner } = shared): Promise<void> => {
  await Promise.all(['w1', 'w2'].map((room) => runner.run({ room, kind: 'echo', input: 1 })))
}

/** What a job must end with, and how long it may take. */
const HOSTILE: readonly (readonly [kind: string, codes: readonly string[], rule: string])[] = [
  ['loop', ['deadline'], 'J3'],
  ['silence', ['deadline'], 'J3'],
  ['loop-in-page', ['deadline'], 'J3'],
  // A busy machine fills no 512 MB in time.
  ['heap', ['memory', 'deadline'], 'J4'],
  ['buffers', ['memory', 'deadline'], 'J4'],
  ['one-buffer', ['memory', 'deadline'], 'J4'],
  ['exit', ['crash'], 'J5'],
  ['abort', ['crash'], 'J5'],
  ['segfault', ['crash'], 'J5'],
  ['rejection', ['crash'], 'J5'],
  ['throw', ['threw'], 'J5'],
  ['wrong-number', ['wrong-answer'], 'J5'],
  ['large', ['answer-too-large'], 'J13'],
]

async function* onePage(): AsyncGenerator<JobPage> {
  yield [Uint8Array.of(1)]
}

for (const [kind, codes, rule] of HOSTILE) {
  test(`${rule}: "${kind}" ends within 2 s, and 50 jobs of another room have their answers`, async () => {
    await warm()
    const { runner } = shared
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    const began = performance.now()
    let endedAfter = 0
    const hostile = codeOf(
      runner.run({ room: `hostile-${kind}`, kind, input: 1, pages: onePage() }),
    ).finally(() => (endedAfter = performance.now() - began))
    const others: unknown[] = []
    for (let at = 0; at < 50; at++) {
      others.push(await runner.run({ room: 'other', kind: 'echo', input: { at } }))
    }
    const code = await hostile
    delay.disable()
    assert.ok(codes.includes(String(code)), `it ended with ${code}`)
    assert.ok(endedAfter < 2000, `it took ${endedAfter} ms`)
    assert.deepEqual(
      others,
      Array.from({ length: 50 }, (_, at) => ({ at })),
    )
    assert.ok(delay.max / 1e6 < 1000, `the event loop stood for ${delay.max / 1e6} ms`)
  })
}

test('J5: all of them at once leave a job of each other room its answer', async () => {
  const bench = jobsBench()
  const hostile = HOSTILE.map(async ([kind, codes]) => {
    const code = await codeOf(
      bench.runner.run({ room: `hostile-${kind}`, kind, input: 1, pages: onePage() }),
    )
    // Where two fill memory at once, time may be over before it is full.
    assert.ok([...codes, 'deadline'].includes(String(code)), `${kind}: ${code}`)
  })
  const others = Array.from({ length: 20 }, (_, at) => {
    return bench.runner.run({ room: `other-${at}`, kind: 'echo', input: at })
  })
  assert.deepEqual(
    await Promise.all(others),
    Array.from({ length: 20 }, (_, at) => at),
  )
  await Promise.all(hostile)
  assert.equal(bench.failures.length, HOSTILE.length)
  await bench.runner.stop()
})

test('J5: what a job says after its answer is not taken for the next one', async () => {
  const bench = jobsBench({ places: 1 })
  assert.equal(await bench.runner.run({ room: 'a', kind: 'twice', input: 1 }), 'first')
  for (let at = 0; at < 5; at++) {
    assert.equal(await bench.runner.run({ room: 'b', kind: 'echo', input: at }), at)
  }
  await bench.runner.stop()
})

test('J1: a room with a job that runs has no second one, and holds no second place', async () => {
  const bench = jobsBench()
  await warm(bench)
  const order: string[] = []
  const ask = (room: string, kind: string): Promise<unknown> =>
    codeOf(bench.runner.run({ room, kind, input: 1 })).then((code) => {
      order.push(`${room} ${code ?? 'answered'}`)
    })
  await Promise.all([
    ask('a', 'silence'),
    ask('a', 'echo'),
    ...['b', 'c', 'd'].map((room) => ask(room, 'echo')),
  ])
  assert.deepEqual(order.slice(-2), ['a deadline', 'a answered'])
  assert.equal(order.length, 5)
  await bench.runner.stop()
})

test('J2: too many jobs of a room, or of all, are refused at once', async () => {
  const bench = jobsBench({ places: 1, maxWaitingPerRoom: 2, maxWaiting: 3 })
  const { runner } = bench
  const run = (room: string): Promise<string | undefined> =>
    codeOf(runner.run({ room, kind: 'echo', input: 1 }))
  const fine = [run('a'), run('a'), run('a')]
  assert.equal(await run('a'), 'room-queue-full')
  fine.push(run('b'))
  assert.equal(await run('c'), 'queue-full')
  assert.deepEqual(runner.figures(), { waiting: 3, running: 1, processes: 1 })
  assert.deepEqual(await Promise.all(fine), [undefined, undefined, undefined, undefined])
  assert.deepEqual(runner.figures(), { waiting: 0, running: 0, processes: 1 })
  await runner.stop()
})

test('J3: the time in which the input is read does not count', async () => {
  const bench = jobsBench({ places: 1, deadlineMs: 400 })
  async function* slow(): AsyncGenerator<JobPage> {
    for (let at = 0; at < 4; at++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      yield [new Uint8Array(10)]
    }
  }
  const answer = await bench.runner.run({ room: 'a', kind: 'count', input: 1, pages: slow() })
  assert.deepEqual(answer, { bytes: 40 })
  await bench.runner.stop()
})

test('J3: a job that reads much has its deadline for each step, and another for all of them', async () => {
  const bench = jobsBench({ places: 1, deadlineMs: 1500, totalMs: 4000 })
  async function* pages(count: number): AsyncGenerator<JobPage> {
    for (let at = 0; at < count; at++) yield [new Uint8Array(10)]
  }
  const run = (count: number): Promise<unknown> =>
    bench.runner.run({ room: 'a', kind: 'slow-pages', input: 1, pages: pages(count) })
  assert.deepEqual(await run(4), { pages: 4 })
  assert.equal(await codeOf(run(20)), 'deadline')
  assert.match(bench.failures[0]!.error.message, /4000 ms in all/)
  await bench.runner.stop()
})

for (const kind of ['heap', 'buffers', 'one-buffer']) {
  test(`J4: of "${kind}" it is the memory that ends it, where time is left`, async () => {
    const bench = jobsBench({ places: 1, maxMemoryMb: 200, deadlineMs: 60_000 })
    const code = await codeOf(bench.runner.run({ room: 'a', kind, input: 1 }))
    assert.equal(code, 'memory')
    await bench.runner.stop()
  })
}

test('J4: a process that stays large is replaced before the next job', async () => {
  const bench = jobsBench({ places: 1, retireMb: 100 })
  const pidNow = async (): Promise<number> =>
    Number(await bench.runner.run({ room: 'b', kind: 'pid', input: 1 }))
  await bench.runner.run({ room: 'a', kind: 'fat', input: 1 })
  const first = await pidNow()
  await bench.runner.run({ room: 'a', kind: 'fat', input: 1 })
  assert.notEqual(await pidNow(), first)
  await bench.runner.stop()
})

test('J6: after three failures the room is refused, what waits of it too, and others are not', async () => {
  const bench = jobsBench({ places: 1 })
  const codes = await Promise.all(
    Array.from({ length: 5 }, () =>
      codeOf(bench.runner.run({ room: 'a', kind: 'exit', input: 1 })),
    ),
  )
  assert.deepEqual(codes, ['crash', 'crash', 'crash', 'quarantined', 'quarantined'])
  assert.equal(await codeOf(bench.runner.run({ room: 'a', kind: 'echo', input: 1 })), 'quarantined')
  assert.equal(await bench.runner.run({ room: 'b', kind: 'echo', input: 2 }), 2)
  assert.deepEqual(
    bench.failures.map(({ room, quarantined }) => [room, quarantined?.reason]),
    [
      ['a', undefined],
      ['a', undefined],
      ['a', 'crash'],
    ],
  )
  bench.quarantine.release('a')
  assert.equal(await bench.runner.run({ room: 'a', kind: 'echo', input: 3 }), 3)
  await bench.runner.stop()
})

test('J14: a room that failed never takes the last place', async () => {
  const bench = jobsBench()
  await warm(bench)
  const { runner } = bench
  const pidOf = (room: string): Promise<unknown> => runner.run({ room, kind: 'pid', input: 1 })
  assert.equal(await codeOf(runner.run({ room: 'a', kind: 'exit', input: 1 })), 'crash')
  const before = await pidOf('b')
  let isOver = false
  const hostile = Promise.all(
    [1, 2].map(() => codeOf(runner.run({ room: 'a', kind: 'exit', input: 1 }))),
  ).finally(() => (isOver = true))
  const pids = new Set<unknown>()
  while (!isOver) pids.add(await pidOf('b'))
  assert.deepEqual(await hostile, ['crash', 'crash'])
  assert.deepEqual([...pids], [before], 'room "b" was sent to another process')
  await runner.stop()
})

test('J7: a page is read only when the one before it was taken', async () => {
  const { runner } = shared
  let reads = 0
  async function* endless(): AsyncGenerator<JobPage> {
    for (;;) {
      reads++
      yield [new Uint8Array(100_000)]
    }
  }
  const code = await codeOf(
    runner.run({ room: 'pages', kind: 'loop-in-page', input: 1, pages: endless() }),
  )
  assert.equal(code, 'deadline')
  assert.equal(reads, 1)
  async function* hundred(): AsyncGenerator<JobPage> {
    for (let at = 0; at < 100; at++) yield [new Uint8Array(100_000), new Uint8Array(at)]
  }
  const answer = await runner.run({ room: 'b', kind: 'count', input: 1, pages: hundred() })
  assert.deepEqual(answer, { bytes: 100 * 100_000 + 4950 })
})

test('J7: an input that cannot be read, or not in time, is not the room’s fault', async () => {
  const bench = jobsBench({ places: 1, inputMs: 200 })
  async function* broken(): AsyncGenerator<JobPage> {
    yield [Uint8Array.of(1)]
    throw new Error('the disk is gone')
  }
  async function* hangs(): AsyncGenerator<JobPage> {
    yield [Uint8Array.of(1)]
    await new Promise(() => undefined)
  }
  for (let at = 0; at < 2; at++) {
    for (const pages of [broken(), hangs()]) {
      const job = bench.runner.run({ room: 'a', kind: 'count', input: 1, pages })
      assert.equal(await codeOf(job), 'input')
    }
  }
  assert.equal(bench.quarantine.size(), 0)
  assert.equal(await bench.runner.run({ room: 'a', kind: 'echo', input: 1 }), 1)
  await bench.runner.stop()
})

test('J9: what nobody wants any more when its turn comes is not done', async () => {
  const bench = jobsBench({ places: 1 })
  let isWanted = true
  let reads = 0
  async function* pages(): AsyncGenerator<JobPage> {
    reads++
    yield [Uint8Array.of(1)]
  }
  const first = bench.runner.run({ room: 'a', kind: 'echo', input: 1 })
  const second = bench.runner.run({
    room: 'a',
    kind: 'count',
    input: 1,
    pages: pages(),
    isWanted: () => isWanted,
  })
  isWanted = false
  assert.equal(await first, 1)
  assert.equal(await second, undefined)
  assert.equal(reads, 0)
  await bench.runner.stop()
})

test('J13: a process for jobs knows nothing of the relay’s environment', async () => {
  process.env.HOLDFAST_SECRET_OF_A_TEST = 'secret'
  const bench = jobsBench({ places: 1 })
  const names = await bench.runner.run({ room: 'a', kind: 'environment', input: 1 })
  delete process.env.HOLDFAST_SECRET_OF_A_TEST
  assert.ok(!(names as string[]).some((name) => name.startsWith('HOLDFAST')))
  await bench.runner.stop()
})

test('a kind that is not there says so and blames no room', async () => {
  const bench = jobsBench({ places: 1 })
  for (const kind of ['nothing', 'toString']) {
    assert.equal(await codeOf(bench.runner.run({ room: 'a', kind, input: 1 })), 'unknown-kind')
  }
  assert.equal(bench.quarantine.size(), 0)
  await bench.runner.stop()
})

test('a program that does not start says so, blames no room and is not started again and again', async () => {
  const missing = jobsBench({ places: 1 }, new URL('./nowhere.ts', import.meta.url))
  assert.equal(
    await codeOf(missing.runner.run({ room: 'a', kind: 'echo', input: 1 })),
    'no-process',
  )
  assert.equal(missing.runner.figures().processes, 0)
  const slow = jobsBench({ places: 1, startMs: 1 })
  assert.equal(await codeOf(slow.runner.run({ room: 'a', kind: 'echo', input: 1 })), 'no-process')
  assert.equal(missing.quarantine.size() + slow.quarantine.size(), 0)
  await Promise.all([missing.runner.stop(), slow.runner.stop()])
})

test('J3: a job does not pay for a stall of the relay', async () => {
  const bench = jobsBench({ places: 1, deadlineMs: 300 })
  const { runner } = bench
  await runner.run({ room: 'a', kind: 'echo', input: 1 })
  const answer = runner.run({ room: 'a', kind: 'echo', input: 2 })
  // The question goes out before the relay stands still.
  await new Promise((resolve) => setImmediate(resolve))
  const end = performance.now() + 1000
  while (performance.now() < end);
  assert.equal(await answer, 2)
  await runner.stop()
})

test('J8: stopping ends every process, also one that loops, and nothing is answered any more', async () => {
  const bench = jobsBench()
  const pids = await Promise.all(
    ['a', 'b'].map((room) => bench.runner.run({ room, kind: 'pid', input: 1 })),
  )
  const running = bench.runner.run({ room: 'a', kind: 'loop', input: 1 })
  const waiting = bench.runner.run({ room: 'a', kind: 'echo', input: 1 })
  await bench.runner.stop()
  assert.deepEqual([await running, await waiting], [undefined, undefined])
  assert.deepEqual(
    pids.map((pid) => isAlive(Number(pid))),
    [false, false],
  )
  assert.equal(await bench.runner.run({ room: 'a', kind: 'echo', input: 1 }), undefined)
  assert.deepEqual(bench.failures, [])
  assert.equal(bench.runner.figures().processes, 0)
})

test('J16: a process that is started behind a failure stands furthest back until a job wants it', async () => {
  const bench = jobsBench({ places: 1 })
  const input = getPriority() + 5
  const before = niceOfJobs()
  assert.equal(await codeOf(bench.runner.run({ room: 'bad', kind: 'exit', input: 1 })), 'crash')
  const isFurthest = (): boolean =>
    [...niceOfJobs()].some(([pid, nice]) => !before.has(pid) && nice === (mayRise ? 19 : input))
  assert.ok(await untilTrue(isFurthest, 5000))
  const { nice } = (await bench.runner.run({ room: 'good', kind: 'priority', input })) as {
    readonly nice: number
  }
  assert.equal(nice, input)
  await bench.runner.stop()
})

test('J16: the jobs of a room that failed lately run at the lowest priority, in a process that nobody else gets', async () => {
  const bench = jobsBench()
  type Of = { readonly nice: number; readonly pid: number }
  const own = getPriority()
  const look = (room: string): Promise<Of> => {
    const input = room === 'bad' ? 19 : own + 5
    return bench.runner.run({ room, kind: 'priority', input }) as Promise<Of>
  }
  assert.equal((await look('good')).nice, own + 5)
  assert.equal(await codeOf(bench.runner.run({ room: 'bad', kind: 'exit', input: 1 })), 'crash')
  const bad = await look('bad')
  assert.equal(bad.nice, 19)
  const others = await Promise.all(['good', 'other', 'good', 'other'].map((room) => look(room)))
  assert.ok(others.every(({ pid, nice }) => pid !== bad.pid && nice === own + 5))
  await bench.runner.stop()
})
