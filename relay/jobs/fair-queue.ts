export type FairQueueLimits = { readonly maxPerRoom: number; readonly maxTotal: number }

export type Taken<Item> = { readonly room: string; readonly item: Item }

export type FairQueue<Item> = {
  readonly add: (room: string, item: Item) => 'added' | 'room-queue-full' | 'queue-full'
  /**
   * J1: the next room's oldest, where no other of that room is out. Its room is busy until {@link done}. Rooms that may not
   * run now keep their turn.
   */
  readonly next: (mayRun?: (room: string) => boolean) => Taken<Item> | undefined
  readonly done: (room: string) => void
  /** All that wait, which then do no longer. */
  readonly drain: () => readonly Item[]
  readonly size: () => number
}

/** What waits, by rooms that take turns. Pure. */
export const createFairQueue = <Item>(limits: FairQueueLimits): FairQueue<Item> => {
  const waiting = new Map<string, Item[]>()
  /** Rooms with something to do and nothing out, in the order of their turns. */
  const turns = new Set<string>()
  const busy = new Set<string>()
  let size = 0

  return {
    add: (room, item) => {
      const items = waiting.get(room) ?? []
      if (items.length >= limits.maxPerRoom) return 'room-queue-full'
      if (size >= limits.maxTotal) return 'queue-full'
      items.push(item)
      waiting.set(room, items)
      size++
      if (!busy.has(room)) turns.add(room)
      return 'added'
    },
    next: (mayRun = () => true) => {
      const room = [...turns].find(mayRun)
      if (room === undefined) return undefined
      turns.delete(room)
      busy.add(room)
      const items = waiting.get(room)!
      const item = items.shift()!
      if (items.length === 0) waiting.delete(room)
      size--
      return { room, item }
    },
    done: (room) => {
      busy.delete(room)
      if (waiting.has(room)) turns.add(room)
    },
    drain: () => {
      const all = [...waiting.values()].flat()
      waiting.clear()
      turns.clear()
      size = 0
      return all
    },
    size: () => size,
  }
}
