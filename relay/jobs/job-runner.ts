/**
 * Runs what is heavy or hostile away from the relay's event loop.
 *
 * Why processes and not threads: a thread's `resourceLimits` bound V8's heap alone. Under a limit of 64 MB a thread filled
 * 2 GB of Buffers and lived, and a SIGSEGV in it ended the whole program (Node 20.20). So each place for a job is a child of
 * its own, which can be killed whatever it does. V8's own limit is not enough in a child either: near it a process collects
 * garbage for more than a second before it gives up (2.3 s at 256 MB), and Buffers do not count. `ulimit -v` counts what is
 * reserved and not what is held, needs a shell, and leaves that slow end as it is. So a thread in each child looks at what the
 * process really holds, every 25 ms, and kills it; 2 GB of Buffers end after 0.6 s at 512 MB, and it works while the job loops
 * and while the parent stands still. The same thread looks whether the parent lives (by its number, which Windows does not
 * change): a job that loops never hears that its
 * channel was closed. The price is a process of some 60 MB for each place, and that every page is copied over a pipe.
 */
import type { Clock } from '../clock.ts'
import { createFairQueue } from './fair-queue.ts'
import { JobError, isRoomFault } from './job-error.ts'
import type { JobPage } from './job-messages.ts'
import { createJobSlot } from './job-slot.ts'
import type { JobSlot, SlotOptions } from './job-slot.ts'
import type { JobKinds } from './kinds/job-kinds.ts'
import type { Quarantine, Quarantined } from './quarantine.ts'
import { jobChildUrl } from './start-code.ts'

/** What each kind of job is asked and answers. */
export type KindMap = Readonly<
  Record<string, { readonly input: unknown; readonly answer: unknown }>
>

export type JobRequest<Kinds extends KindMap, Kind extends keyof Kinds & string> = {
  readonly room: string
  readonly kind: Kind
  /** JSON and bytes, sent in one piece. */
  readonly input: Kinds[Kind]['input']
  /** What is too large for one piece. Read when the job runs, each page when the one before it was taken. */
  readonly pages?: AsyncIterable<JobPage>
  /** Asked when its turn comes: whether anybody still wants the answer. */
  readonly isWanted?: () => boolean
  /** For all of it, in one step or in many, instead of the runner's own. */
  readonly deadlineMs?: number
}

export type JobFailure = {
  readonly room: string
  readonly kind: string
  readonly error: JobError
  /** The room is quarantined from now on, because of this one. */
  readonly quarantined: Quarantined | undefined
}

export type JobRunnerOptions = Omit<SlotOptions, 'childUrl' | 'clock'> & {
  readonly places: number
  /** J3: for one step of a job. */
  readonly deadlineMs: number
  /** For all of its steps; ten times the deadline of one where it is not given. */
  readonly totalMs?: number
  readonly maxWaitingPerRoom: number
  readonly maxWaiting: number
}

/** J3: so many times the deadline of one step a job may take in all. */
const STEPS = 10

/** First choices of ours. A job that does not end is ended 1.5 s after its last word; one that reads a large log may go on for ten times that. */
export const DEFAULT_JOBS: JobRunnerOptions = {
  places: 2,
  deadlineMs: 1500,
  maxMemoryMb: 512,
  retireMb: 256,
  maxAnswerBytes: 64 * 1024 * 1024,
  maxWaitingPerRoom: 16,
  maxWaiting: 256,
  startMs: 10_000,
  inputMs: 10_000,
}

export type JobRunnerPorts = {
  readonly clock: Clock
  readonly quarantine: Quarantine
  /** Hears of each job that ran and has no answer. */
  readonly onFailure?: (failure: JobFailure) => void
  /** Another module than the relay's own: for tests. */
  readonly childUrl?: URL
}

export type JobFigures = {
  readonly waiting: number
  readonly running: number
  readonly processes: number
}

export type JobRunner<Kinds extends KindMap> = {
  /** Resolves with undefined where nobody wants the answer any more. Rejects with a {@link JobError}. */
  readonly run: <Kind extends keyof Kinds & string>(
    request: JobRequest<Kinds, Kind>,
  ) => Promise<Kinds[Kind]['answer'] | undefined>
  readonly figures: () => JobFigures
  /** J8: ends all processes, and resolves when they are gone. What has no answer then is wanted by nobody. */
  readonly stop: () => Promise<void>
}

type Waiting = {
  readonly request: JobRequest<KindMap, string>
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: JobError) => void
}

const QUEUE_SENTENCES = {
  'room-queue-full': 'Too many jobs of this room wait.',
  'queue-full': 'Too many jobs wait.',
}

const inQuarantine = ({ reason }: Quarantined): JobError =>
  new JobError('quarantined', `This room's jobs failed too often (${reason}): it has to wait.`)

const asJobError = (cause: unknown): JobError =>
  cause instanceof JobError ? cause : new JobError('input', 'The job could not be run.', { cause })

/** Whether a job still is to be run, now that its turn has come; one that is not gets its end here. */
const isDue = ({ request, resolve, reject }: Waiting, { quarantine, clock }: JobRunnerPorts) => {
  const refusal = quarantine.of(request.room, clock.now())
  if (refusal !== undefined) {
    reject(inQuarantine(refusal))
    return false
  }
  if (request.isWanted?.() === false) {
    resolve(undefined)
    return false
  }
  return true
}

const settleFailure = ({ request, reject }: Waiting, cause: unknown, ports: JobRunnerPorts) => {
  const { room, kind } = request
  const error = asJobError(cause)
  const { code } = error
  const quarantined = isRoomFault(code)
    ? ports.quarantine.failed(room, kind, code, ports.clock.now())
    : undefined
  reject(error)
  ports.onFailure?.({ room, kind, error, quarantined })
}

/** Runs a job to its end, whatever that is. Never rejects. */
const runToEnd = async (
  slot: JobSlot,
  waiting: Waiting,
  options: {
    readonly deadlineMs: number
    readonly totalMs?: number
    readonly isStopped: () => boolean
    readonly isSuspect: boolean
  },
  ports: JobRunnerPorts,
): Promise<void> => {
  const { room, kind, input, pages, deadlineMs } = waiting.request
  const times = {
    deadlineMs: deadlineMs ?? options.deadlineMs,
    totalMs: deadlineMs ?? options.totalMs ?? STEPS * options.deadlineMs,
  }
  try {
    const answer = await slot.run({ kind, input, pages, ...times }, options.isSuspect)
    ports.quarantine.succeeded(room, kind)
    waiting.resolve(answer)
  } catch (error) {
    if (options.isStopped()) waiting.resolve(undefined)
    else settleFailure(waiting, error, ports)
  }
}

/** J14: which places are held by rooms that failed, or are replaced after them: all but one at the most, of one that one. */
const createSuspectPlaces = (places: number) => {
  const held = new Set<JobSlot>()
  return {
    areFree: (): boolean => held.size < Math.max(1, places - 1),
    take: (slot: JobSlot): void => void held.add(slot),
    leave: (slot: JobSlot): void => void held.delete(slot),
  }
}

export const createJobRunner = <Kinds extends KindMap = JobKinds>(
  options: JobRunnerOptions,
  ports: JobRunnerPorts,
): JobRunner<Kinds> => {
  const { clock, quarantine, childUrl = jobChildUrl() } = ports
  const queue = createFairQueue<Waiting>({
    maxPerRoom: options.maxWaitingPerRoom,
    maxTotal: options.maxWaiting,
  })
  const slots = Array.from({ length: options.places }, () => {
    return createJobSlot({ ...options, childUrl, clock })
  })
  /** The one that worked last comes first: its process is there. */
  const free: JobSlot[] = [...slots]
  let running = 0
  let isStopped = false

  const isSuspect = (room: string): boolean => quarantine.isSuspect(room, clock.now())
  const suspects = createSuspectPlaces(options.places)

  const runIn = async (slot: JobSlot, waiting: Waiting): Promise<void> => {
    const { room } = waiting.request
    running++
    const isOfSuspect = isSuspect(room)
    if (isOfSuspect) suspects.take(slot)
    const run = { ...options, isStopped: () => isStopped, isSuspect: isOfSuspect }
    await runToEnd(slot, waiting, run, ports)
    running--
    const replaced = slot.replaced()
    if (replaced !== undefined) {
      // Until its process is there again the place is still the room's, and the other places take what comes.
      suspects.take(slot)
      queue.done(room)
      pump()
      await replaced
    } else queue.done(room)
    suspects.leave(slot)
    free.push(slot)
    pump()
  }

  const pump = (): void => {
    while (!isStopped && free.length > 0) {
      const next = queue.next((room) => suspects.areFree() || !isSuspect(room))
      if (next === undefined) return
      if (isDue(next.item, ports)) void runIn(free.pop()!, next.item)
      else queue.done(next.room)
    }
  }

  return {
    run: (request) => {
      if (isStopped) return Promise.resolve(undefined)
      const refusal = quarantine.of(request.room, clock.now())
      if (refusal !== undefined) return Promise.reject(inQuarantine(refusal))
      return new Promise((resolve, reject) => {
        const verdict = queue.add(request.room, { request, resolve, reject })
        if (verdict === 'added') pump()
        else reject(new JobError(verdict, QUEUE_SENTENCES[verdict]))
      })
    },
    figures: () => ({
      waiting: queue.size(),
      running,
      processes: slots.reduce((sum, slot) => sum + slot.processes(), 0),
    }),
    stop: async () => {
      isStopped = true
      for (const { resolve } of queue.drain()) resolve(undefined)
      await Promise.all(slots.map((slot) => slot.stop()))
    },
  }
}
