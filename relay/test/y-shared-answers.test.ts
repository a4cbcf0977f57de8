import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { RoomName } from '../../protocol/index.ts'
import { LogQuestions } from '../endpoints/y-websocket/log-questions.ts'
import { SharedAnswers } from '../endpoints/y-websocket/shared-answers.ts'
import type { RoomJobs } from '../room-jobs.ts'

type Answered = { readonly through: number; readonly made: number }

const ALWAYS = (): boolean => true
const EMPTY = Uint8Array.of(0)
const FIRST = { vector: EMPTY, least: 0 }

const scene = (options = { maxBytes: 100, maxBehind: 10 }) => {
  const log = { room: 'notes', head: 50, compactedThrough: 0 }
  const shared = new SharedAnswers<Answered>(() => 40, undefined, options)
  const ends: (() => void)[] = []
  let made = 0
  const run = (isWanted: () => boolean): Promise<Answered | undefined> =>
    new Promise((resolve) =>
      ends.push(() => resolve(isWanted() ? { through: log.head, made: ++made } : undefined)),
    )
  const ask = (vector = EMPTY, isWanted = ALWAYS, of = log, least = 0) =>
    shared.ask(of, { vector, least }, isWanted, run)
  /** Asks and has the answer made, if one has to be. */
  const answer = async (vector = EMPTY, of = log): Promise<number | undefined> => {
    const asked = ask(vector, ALWAYS, of)
    ends.pop()?.()
    return (await asked)?.made
  }
  return { log, shared, ends, ask, answer }
}

test('Y3: who asks with one vector shares one merge, and a vector of another byte has its own', async () => {
  const { ends, ask, answer } = scene()
  const asked = [ask(), ask(), ask(Uint8Array.of(1, 7, 3)), ask()]
  assert.equal(ends.length, 2)
  for (const end of ends.splice(0)) end()
  assert.deepEqual(
    (await Promise.all(asked)).map((one) => one?.made),
    [1, 1, 2, 1],
  )
  assert.equal(await answer(), 1)
  assert.equal(await answer(Uint8Array.of(1, 7, 4)), 3)
})

test('Y3: an answer is used for as long as little was written behind it', async () => {
  const { log, answer } = scene()
  assert.equal(await answer(), 1)
  log.head += 10
  assert.equal(await answer(), 1)
  log.head += 1
  assert.equal(await answer(), 2)
})

test('Y3, S18: no answer is used that ends inside what was compacted since, or is of a log that was loaded anew', async () => {
  const { log, answer } = scene()
  assert.equal(await answer(), 1)
  log.compactedThrough = 50
  assert.equal(await answer(), 1, 'a batch still ends there')
  log.head = 55
  log.compactedThrough = 55
  assert.equal(await answer(), 2)
  assert.equal(await answer(EMPTY, { ...log }), 3)
})

test('Y3: who asks again gets all that is there now, also where a merge was begun before', async () => {
  const { log, ends, ask, answer } = scene()
  assert.equal(await answer(), 1)
  log.head += 1
  const again = ask(EMPTY, ALWAYS, log, 51)
  assert.equal(ends.length, 1)
  const slow = ask(EMPTY, ALWAYS, log, 52)
  ends.shift()!()
  assert.deepEqual((await again)?.through, 51)
  log.head += 1
  await new Promise((resolve) => setImmediate(resolve))
  ends.shift()!()
  assert.deepEqual((await slow)?.through, 52)
})

test('Y3: who asks is answered though everybody for whom the merge was begun has gone', async () => {
  const { ends, ask } = scene()
  let isThere = true
  const gone = ask(EMPTY, () => isThere)
  const stays = ask(EMPTY, () => true)
  isThere = false
  ends.shift()!()
  assert.deepEqual([(await stays)?.made, (await gone)?.made], [1, 1])
  const nobody = ask(Uint8Array.of(9), () => isThere)
  assert.equal(await nobody, undefined)
  assert.equal(ends.length, 0, 'nothing is made for nobody')
})

test('Y3: a merge that was given up for want of askers is made for one who came too late to keep it', async () => {
  const log = { room: 'notes', head: 50, compactedThrough: 0 }
  const shared = new SharedAnswers<Answered>(() => 40)
  let giveUp = (): void => undefined
  let isGone = false
  const givenUp = (): Promise<undefined> =>
    new Promise((resolve) => (giveUp = () => resolve(undefined)))
  const first = shared.ask(log, FIRST, () => !isGone, givenUp)
  const late = shared.ask(log, FIRST, ALWAYS, () => Promise.resolve({ through: 50, made: 7 }))
  isGone = true
  giveUp()
  assert.deepEqual([(await late)?.made, await first], [7, undefined])
})

test('Y3: a merge that fails is told to all who wait for it, and the next one is made anew', async () => {
  const log = { room: 'notes', head: 50, compactedThrough: 0 }
  const shared = new SharedAnswers<Answered>(() => 40)
  const fail = (): Promise<Answered> => Promise.reject(new Error('too slow'))
  const asked = [1, 2].map(() => shared.ask(log, FIRST, ALWAYS, fail))
  for (const one of asked) await assert.rejects(one, /too slow/)
  const good = await shared.ask(log, FIRST, ALWAYS, () => Promise.resolve({ through: 50, made: 1 }))
  assert.equal(good?.made, 1)
})

test('Y3: what is kept has a bound, and what was used last stays', async () => {
  const { shared, answer } = scene()
  const [one, other, third] = [1, 2, 3].map((n) => Uint8Array.of(n))
  assert.equal(await answer(one), 1)
  assert.equal(await answer(other), 2)
  assert.equal(await answer(one), 1)
  assert.equal(await answer(third), 3)
  assert.equal(shared.bytes, 80)
  assert.equal(await answer(one), 1)
  assert.equal(await answer(other), 4)
})

test('Y3, S18: a log that is compacted while it is read is read on from what took the place of its batches', async () => {
  const pages = ['raw 1 to 4', 'compacted 1 to 9', 'raw 10']
  const read: string[] = []
  const run: Pick<RoomJobs, 'run'>['run'] = async (request) => {
    for await (const page of request.pages) read.push(...page.map((batch) => batch.toString()))
    return { type: 'difference', update: EMPTY, vector: EMPTY } as never
  }
  const behind: Record<number, number> = { 0: 4, 4: 9, 9: 10 }
  const log = {
    room: 'notes' as RoomName,
    head: 10,
    compactedThrough: 0,
    documentPageBehind: (after: number) => {
      const batches = [Buffer.from(pages.shift()!)]
      return { batches, through: behind[after]! }
    },
  }
  const questions = new LogQuestions({ run }, 1000)
  const answered = await questions.ask(log, { kind: 'difference', vector: EMPTY }, ALWAYS)
  assert.deepEqual(read, ['raw 1 to 4', 'compacted 1 to 9', 'raw 10'])
  assert.equal(answered?.through, 10)
})

test('Y3: who has nothing is told by an empty log that there is nothing, without a job', async () => {
  let jobs = 0
  const run = (): Promise<undefined> => {
    jobs++
    return Promise.resolve(undefined)
  }
  const questions = new LogQuestions({ run } as unknown as Pick<RoomJobs, 'run'>, 1000)
  const log = { room: 'notes' as RoomName, head: 0, compactedThrough: 0, documentPageBehind: never }
  const ask = (vector: readonly number[]) =>
    questions.ask(log, { kind: 'difference', vector: Uint8Array.from(vector) }, () => jobs === 0)
  const update = Y.encodeStateAsUpdate(new Y.Doc())
  const vector = Y.encodeStateVector(new Y.Doc())
  const answer = { type: 'difference', update, vector }
  assert.deepEqual(await ask([0]), { answer, through: 0 })
  assert.equal(jobs, 0)
  await ask([1, 7, 3])
  assert.equal(jobs, 1, 'whoever has something may have written nonsense')
})

const never = (): never => assert.fail('nothing is read')
