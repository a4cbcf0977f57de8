import {
  authorOf,
  authorOfKey,
  decodePeerFrame,
  encodePeerFrame,
  hashEntry,
  toHex,
} from '../../protocol/index.ts'
import type { Author, HandedEntry, PeerBody } from '../../protocol/index.ts'
import { decodeTabFrame, encodeTabFrame } from '../../protocol/tab-frame.ts'
import type { TabBody, TabFrame } from '../../protocol/tab-frame.ts'
import type { Draws } from '../kernel/random.ts'
import { peerScopeOf } from './helpers.ts'
import { epochOf, forgedBatch, madeUp } from './forged.ts'
import { pick } from './strike.ts'
import type { Strike } from './strike.ts'
import type { TabRoom } from './tab-room.ts'
import type { World } from './world.ts'

/*
 * A page that means harm, as the others meet it: on a link, or a channel, that a page of ours had. What it says comes from there, and
 * that page of ours has to bear what follows.
 */

/** Who is told something, and where. */
type Victim = { readonly world: World; readonly room: TabRoom; readonly draws: Draws }
type Harm<Message> = (victim: Victim) => Message | undefined

const logOf = ({ disk }: World, { name }: TabRoom): readonly Uint8Array[] =>
  disk.batches(name).map(({ bytes }) => bytes)

const flipped = (bytes: Uint8Array, draws: Draws): Uint8Array => {
  const changed = bytes.slice()
  const at = draws.below(changed.length)
  changed[at] = changed[at]! ^ (1 << draws.below(8))
  return changed
}

/** R6: what was said on some link of this room, as long as it is an entry or a receipt: what a page says of itself may have been true. */
const overheard = ({ world, room }: Victim): readonly PeerBody[] =>
  (world.helpers?.net.recent ?? []).flatMap((bytes) => {
    const frame = decodePeerFrame(bytes)
    const isHere = typeof frame !== 'string' && frame.scope === peerScopeOf(room.name)
    return isHere && frame.body.type !== 'state' ? [frame.body] : []
  })

/** K7: for all that the page waits for, with a signature that is none, or that the relay gave for something else. */
const forgedReceipts: Harm<PeerBody> = (victim) => {
  const { room, world, draws } = victim
  const heard = overheard(victim).findLast((body) => body.type === 'receipts')
  const receipts = room.room.pending().map(({ author, seq, bytes }) => ({
    epoch: epochOf(logOf(world, room), draws),
    author: author as Author,
    from: 1,
    through: seq,
    hash: hashEntry(bytes),
    head: 1_000_000,
    signature: heard?.receipts[0]?.signature ?? draws.bytes(64),
  }))
  return receipts.length === 0 ? undefined : { type: 'receipts', receipts }
}

const forgedEntry: Harm<PeerBody> = ({ draws }) => {
  const { bytes } = madeUp(draws)
  const entry = { key: draws.bytes(32), user: 'user0', seq: 1, seal: draws.bytes(64), bytes }
  return { type: 'entries', before: [], entries: [{ ...entry, pass: undefined }] }
}

const changedEntry: Harm<PeerBody> = (victim) => {
  const heard = overheard(victim).findLast((body) => body.type === 'entries')
  const [first] = heard?.entries ?? []
  if (heard === undefined || first === undefined) return undefined
  return { ...heard, entries: [changed(first, victim.draws)] }
}

const changed = (entry: HandedEntry, draws: Draws): HandedEntry => {
  switch (draws.below(3)) {
    case 0:
      return { ...entry, bytes: flipped(entry.bytes, draws) }
    case 1:
      return { ...entry, seq: entry.seq + 1 }
    default:
      return { ...entry, user: `${entry.user}'` }
  }
}

/** Who has a page's own entry to hand back has it, and counts as holding it: that is no lie, but the page that bears it may not. */
const isOfVictim = (body: PeerBody, { room }: Victim): boolean => {
  const pending = new Set(room.room.pending().map(({ author, seq }) => `${author}/${seq}`))
  return (
    body.type === 'entries' &&
    body.entries.some(({ key, seq }) => pending.has(`${authorOfKey(key)}/${seq}`))
  )
}

const replayed: Harm<PeerBody> = (victim) => {
  const heard = overheard(victim).filter((body) => !isOfVictim(body, victim))
  return pick(heard, victim.draws.below(12))
}

const PEER_HARMS = [forgedReceipts, forgedEntry, changedEntry, replayed] as const

const peerFrame = (victim: Victim, at: number): Uint8Array | undefined => {
  const { draws, room } = victim
  if (at % 7 === 0) return draws.bytes(1 + draws.below(64))
  const body = pick(PEER_HARMS, at)!(victim)
  const scope = peerScopeOf(at % 11 === 0 ? 'another room' : room.name)
  return body && encodePeerFrame({ scope, body })
}

/** R6: on a link that is open. It says nothing of what it holds: whom one may believe that, nobody can tell. */
export const hostilePeer: Strike = (world, at) => {
  const { net, draws } = world.helpers ?? {}
  const end = pick(net?.open.filter(({ isSound }) => isSound) ?? [], at)
  const tab = world.tabs.find(({ ways }) => ways?.peers === end?.peers)
  if (draws === undefined || end === undefined || tab === undefined) return false
  // A link is one room's: whose, its page alone knows. In another one the same frame is foreign.
  const room = pick(tab.rooms, at)!
  const bytes = peerFrame({ world, room, draws }, at)
  if (bytes !== undefined) end.arrive(bytes)
  return bytes !== undefined
}

/** P5: what comes next in the log, as nobody's relay gave it out. */
const forgedBatches: Harm<TabBody> = ({ world, room, draws }) => {
  const epoch = epochOf(logOf(world, room), draws)
  const first = room.room.status.current.lastOffset + 1
  return { type: 'batches', to: undefined, epoch, batches: [forgedBatch(first, epoch, draws)] }
}

/** P3: an entry of nobody's, under an author whose secret it does not have. */
const forgedRows: Harm<TabBody> = ({ room, draws }) => {
  const proof = draws.bytes(32)
  const held = room.room.pending()[0]
  const author = draws.chance(0.5) && held !== undefined ? held.author : toHex(draws.bytes(16))
  const row = {
    author: author as Author,
    seq: 1 + draws.below(2),
    order: 1,
    proof,
    sealed: undefined,
    ...madeUp(draws),
    mintedAtMs: 0,
    isOurs: draws.chance(0.5),
  }
  // Its own secret, and other bytes than the hash says.
  const own = { ...row, author: authorOf(proof), bytes: flipped(row.bytes, draws) }
  return { type: 'rows', before: [], rows: [draws.chance(0.5) ? row : own] }
}

/** Who asks for it gets nothing. */
const readFurther = ({ body }: TabFrame): TabBody | undefined =>
  body.type === 'state' ? { ...body, after: body.after + 1 + (body.after % 3) } : undefined

const tabFrame = (heard: readonly TabFrame[], victim: Victim, at: number): TabFrame | undefined => {
  const last = heard.at(-1)
  if (last === undefined) return undefined
  switch (at % 4) {
    case 0:
      return pick(heard, at)
    case 1: {
      const body = forgedBatches(victim)
      return body && { ...last, body }
    }
    case 2: {
      const body = forgedRows(victim)
      return body && { ...last, body }
    }
    default: {
      const said = heard.findLast(({ body }) => body.type === 'state')
      const body = said && readFurther(said)
      return said && body && { ...said, n: said.n + 1, body }
    }
  }
}

/** P8: somebody else of the same origin, under the name of a tab that is here. */
export const hostileTab: Strike = (world, at) => {
  const tab = pick(world.tabs, at)
  const { helpers } = world
  if (helpers === undefined || tab === undefined) return false
  const table = helpers.tableOf(tab.profile)
  const { draws } = helpers
  const room = pick(tab.rooms, at)!
  const channel = pick(
    [...table.recent].filter(([name]) => name.includes(room.name)),
    0,
  )
  if (channel === undefined) return false
  const [name, posted] = channel
  const heard = posted
    .map((bytes) => decodeTabFrame(bytes))
    .filter((one) => typeof one !== 'string')
  const frame = tabFrame(heard, { world, room, draws }, at)
  if (frame === undefined) return false
  table.post(name, undefined, at % 9 === 0 ? draws.bytes(40) : encodeTabFrame(frame))
  return true
}
