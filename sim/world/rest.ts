import { isOfDocument } from './journal.ts'
import type { Oracle } from './oracle.ts'
import type { Profile } from './profile.ts'
import { contentOf } from './room-shadow.ts'
import type { RoomShadow } from './room-shadow.ts'
import { tokensIn } from './tab-room.ts'
import type { TabRoom } from './tab-room.ts'
import type { World } from './world.ts'

/** Why the world is not at rest, if it is not: everybody is live, has read the whole log and has nothing left to send. */
export const whyNotAtRest = (world: World): string | undefined => {
  for (const tab of world.tabs) {
    if (!tab.isConnected) return `tab ${tab.number} has no connection`
    for (const { name, room } of tab.rooms) {
      const { connection, save, lastOffset, pendingCount, rejectedCount } = room.status.current
      const { head } = world.oracle.room(name)
      const isSaved = save === 'saved' || (save === 'rejected' && rejectedCount > 0)
      if (connection === 'live' && isSaved && pendingCount === 0 && lastOffset === head) continue
      return `tab ${tab.number}, ${name}: ${connection}, ${save}, ${pendingCount} pending, at ${lastOffset} of ${head}`
    }
  }
  for (const profile of world.profiles) {
    for (const name of world.roomNames) {
      for (const { author, seq, proof } of profile.disk.rows(name as never)) {
        // K10, R5: what is carried, and its author gave another key when the relay was restored, waits behind a gap, and is let go of after ten minutes.
        if (proof === undefined && world.oracle.wasRestored) continue
        return `profile ${profile.number}, ${name}: row ${author.slice(0, 6)}/${seq} is left`
      }
    }
  }
  return undefined
}

const isOpenIn = (world: World, profile: Profile, room: string): boolean =>
  world.tabsOf(profile).some(({ rooms }) => rooms.some(({ name }) => name === room))

/** What must be true once everything is quiet. */
export const checkAtRest = (world: World): void => {
  const { oracle } = world
  const writers = new Set(world.tabs.map(({ number }) => number))
  for (const edit of oracle.journal.edits) {
    if (edit.isInLog || edit.kind === 'delete') continue
    const what = `edit ${edit.id} of tab ${edit.tab} in ${edit.room}`
    // C9: what a relay lost and a page still shows comes back.
    const isShown = edit.kind !== 'map' && !oracle.wasDeleted(edit.room, edit.id)
    if (edit.isExcused && writers.has(edit.tab) && isShown) {
      oracle.fail(
        'I1',
        `${what} was lost by a fault, and its page, which is open, did not offer it again`,
      )
    }
    const isOpen = world.tabs.some(({ user, rooms }) => {
      return user === edit.user && rooms.some(({ name }) => name === edit.room)
    })
    if (edit.isKept && isOpen) {
      oracle.fail('I1', `${what} was lost by the relay, and kept by a device that did not offer it`)
    }
    const giver = world.profiles.find((profile) => {
      return oracle.owed.isBy(profile, edit.room, edit.id) && isOpenIn(world, profile, edit.room)
    })
    if (giver !== undefined && !isOfDocument(edit.kind)) {
      const sentence = `${what} was lost by the relay, and profile ${giver.number} did not give it back`
      oracle.fail('I1', sentence)
    }
    if (edit.isExcused) continue
    if (edit.isAcked || edit.wasDurable)
      oracle.fail('I1', `${what} was on the relay's disk and is not`)
    if (edit.isStored) oracle.fail('I2', `${what} was on a device's disk and never reached the log`)
    if (writers.has(edit.tab)) {
      oracle.fail('I2', `${what} never reached the log, though its page is open to the end`)
    }
  }
  for (const edit of oracle.journal.edits) {
    const before = edit.after === 0 ? undefined : oracle.journal.get(edit.after)
    if (!edit.isInLog || before === undefined || before.isInLog || before.isExcused) continue
    oracle.fail('I8', `edit ${edit.id} was written on top of ${before.id}, which never came`)
  }
  for (const tab of world.tabs) for (const room of tab.rooms) checkPage(oracle, room)
  for (const room of oracle.rooms) checkDocument(oracle, room)
}

/** I8: every page shows what follows from the log. */
const checkPage = (oracle: Oracle, { tab, name, room, fold, doc }: TabRoom): void => {
  const where = `tab ${tab.number}, ${name}`
  const shadow = oracle.room(name)
  for (const [word, state] of Object.entries(fold.current)) {
    for (const field of ['count', 'sum', 'order'] as const) {
      if (state[field] === shadow.fold[field]) continue
      const sentence = `${where}: ${field} of what is ${word} is ${state[field]}, and by the log ${shadow.fold[field]}`
      oracle.fail('I8', sentence)
    }
  }
  const { quarantinedCount } = room.status.current
  if (quarantinedCount > shadow.poisonCount) {
    const sentence = `${where}: ${quarantinedCount} records are quarantined of ${shadow.poisonCount} that nobody can read`
    oracle.fail('I8', sentence)
  }
  if (doc === undefined || shadow.doc === undefined) return
  if (doc.store.pendingStructs !== null && !isHoleExcused(oracle, name))
    oracle.fail('I8', `${where}: its document waits for something`)
  const own = contentOf(doc)
  const right = contentOf(shadow.doc)
  if (own !== right) oracle.fail('I8', `${where} shows ${own}, and by the log it is ${right}`)
}

/** What was written on top of an edit that a fault took stands in the log, and waits there until somebody who has that edit comes. */
const isHoleExcused = (oracle: Oracle, room: string): boolean =>
  oracle.journal.edits.some(
    (edit) => edit.room === room && isOfDocument(edit.kind) && edit.isExcused && !edit.isInLog,
  )

/** Each token of the log is in the document once, but for those that somebody deleted. */
const checkDocument = (oracle: Oracle, { name, doc, hasHole }: RoomShadow): void => {
  if (doc === undefined) return
  const mayWait = hasHole && isHoleExcused(oracle, name)
  const counts = new Map<number, number>()
  for (const { id } of tokensIn(doc.getText('text').toString())) {
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  for (const edit of oracle.journal.edits) {
    if (edit.kind !== 'text' || edit.room !== name) continue
    const count = counts.get(edit.id) ?? 0
    if (count > 1) oracle.fail('I3', `${name}: edit ${edit.id} is in the text ${count} times`)
    const isOwed = edit.isInLog && !mayWait && !oracle.wasDeleted(name, edit.id)
    if (isOwed && count === 0) oracle.fail('I8', `${name}: edit ${edit.id} is not in the text`)
  }
}
