import type { Room } from '../../kit/index.ts'
import type { FaultKind } from '../../kit/testing/index.ts'
import type { Network } from '../network.ts'
import { Recording } from './recording.ts'

/** Listens to a room from when the page opened it, whether or not anybody looks. */
export type Recorder = {
  readonly recording: Recording
  /** Hears that something was recorded; not what. Returns how to stop. */
  onChange(listener: () => void): () => void
  stop(): void
}

const recorders = new WeakMap<Room, Recorder>()

/** The recorder of a room; begins one where nobody has. */
export const recorderOf = (room: Room, network?: Network): Recorder =>
  recorders.get(room) ?? startRecorder(room, network)

/**
 * Call it where the room is opened, so that nothing is missed. It owns no timer: a hidden tab is recorded as well as a
 * visible one.
 */
export const startRecorder = (room: Room, network?: Network): Recorder => {
  const { session, link } = room.figures()
  const recording = new Recording(Date.now(), session, link)
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const stops = [
    room.status.subscribe((status) => {
      recording.takeStatus(status, Date.now())
      tell()
    }),
    room.onTrace((event) => {
      recording.take(event)
      // A round trip alone is no news of the status: it is looked up when the page has read the pulse that brought it.
      if (event.type === 'frame' && event.kind === 'pulse') {
        queueMicrotask(() => recording.takeRtt(room.status.current.rttMs, event.atMs))
      }
      tell()
    }),
    ...(network === undefined ? [] : [recordFaults(network, recording, tell)]),
  ]
  const recorder: Recorder = {
    recording,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: () => {
      for (const stop of stops) stop()
      recorders.delete(room)
    },
  }
  recorders.set(room, recorder)
  return recorder
}

/** The controller tells that a fault fired, and not which: the difference of its counts does. */
const recordFaults = (
  { faults }: Network,
  recording: Recording,
  tell: () => void,
): (() => void) => {
  const known: Record<FaultKind, number> = { ...faults.fired }
  const kinds = Object.keys(known) as FaultKind[]
  return faults.subscribe(() => {
    for (const kind of kinds) {
      const times = faults.fired[kind] - known[kind]
      if (times === 0) continue
      known[kind] = faults.fired[kind]
      recording.take({ type: 'fault', atMs: Date.now(), kind, times })
    }
    tell()
  })
}
