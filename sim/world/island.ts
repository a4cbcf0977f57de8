import type { Draws } from '../kernel/random.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Edit } from './journal.ts'
import type { Tab } from './tab.ts'
import type { TabRoom } from './tab-room.ts'
import type { World } from './world.ts'

/** Until links that were cut are there again, as far as they come at all. */
const MEET_MS = 12_000
/** Until a page has noticed that its relay is gone: who is told of a cut late hears nothing for so long. */
const NOTICE_MS = 60_000
/** P4, R3: with what two who do not answer may cost. */
const HELP_MS = 25_000
const LOOK_MS = 250
const MOST_ISLANDS = 2

/**
 * I31: all is well; now the relay's link of a page is cut, or those of its whole browser, and nothing else. With somebody beside it who has
 * one, what it writes is in the log, and it knows that, within a bound.
 */
export const tryIslands = async (world: World, isOver: () => boolean): Promise<void> => {
  const draws = drawsOf(world.seed, 'islands')
  await passes(world, MEET_MS, isOver)
  for (let island = 0; island < MOST_ISLANDS && !isOver(); island++) {
    const rooms = world.tabs.flatMap((tab) => tab.rooms)
    const author = rooms[draws.below(rooms.length)]
    if (author !== undefined) await tryIsland(world, author, draws, isOver)
  }
}

const tryIsland = async (
  world: World,
  author: TabRoom,
  draws: Draws,
  isOver: () => boolean,
): Promise<void> => {
  const { tab } = author
  const alone = draws.chance(0.5) ? [tab] : world.tabsOf(tab.profile)
  if (helpersOf(world, author, alone).length === 0) return
  for (const each of alone) cutOff(each)
  const isApart = (): boolean => !/live|catching-up/.test(author.room.status.current.connection)
  await until(world, NOTICE_MS, isApart, isOver)
  if (!isOver() && isApart()) {
    author.write('counter', 1)
    world.counters.writes++
    const edit = world.journal.edits.at(-1)!
    const isSeenThrough = (): boolean => edit.isInLog && author.room.status.current.save === 'saved'
    await until(world, HELP_MS, isSeenThrough, isOver)
    if (isSeenThrough() && isApart()) world.counters.seenThrough++
    else if (!isOver() && isApart()) judge(world, author, alone, edit)
  }
  for (const { route } of alone) route.heal()
}

/** Who left while it waited excuses what did not happen. */
const judge = (world: World, author: TabRoom, alone: readonly Tab[], edit: Edit): void => {
  const helpers = helpersOf(world, author, alone)
  if (helpers.length === 0) return
  const { save, connection } = author.room.status.current
  const who = helpers.map(({ tab }) => tab.number).join(' and ')
  const where = edit.isInLog ? 'is in the log' : 'is not in the log'
  const sentence = `tab ${author.tab.number}, ${author.name}: ${connection}, and tab ${who} beside it is live; after ${HELP_MS} ms edit ${edit.id} ${where}, and the light says ${save}`
  world.oracle.fail('I31', sentence)
}

/** Pages that are live in the room and that this one hears, as a tab or over a direct link. */
const helpersOf = (world: World, author: TabRoom, alone: readonly Tab[]): readonly TabRoom[] => {
  const { tab, name } = author
  const rooms = world.tabs.flatMap((each) => (alone.includes(each) ? [] : each.rooms))
  return rooms.filter((other) => {
    if (other.name !== name || other.room.status.current.connection !== 'live') return false
    const isTab = other.tab.profile === tab.profile && author.room.figures().tabs.others > 0
    return isTab || world.helpers?.areLinked(tab, other.tab, name) === true
  })
}

const cutOff = (tab: Tab): void => {
  for (const way of ['up', 'down'] as const) tab.route.eat(way, Infinity)
  tab.cut()
}

const passes = (world: World, ms: number, isOver: () => boolean): Promise<void> =>
  world.scheduler.runUntil(world.scheduler.now + ms, isOver)

const until = async (
  world: World,
  ms: number,
  isSo: () => boolean,
  isOver: () => boolean,
): Promise<void> => {
  const end = world.scheduler.now + ms
  while (!isSo() && !isOver() && world.scheduler.now < end) {
    await passes(world, LOOK_MS, isOver)
    world.oracle.look(world.openRooms())
  }
}
