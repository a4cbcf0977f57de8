import type { Profile } from './profile.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** Does its harm, to what `at` picks and for `ms` where it lasts; false if there was nothing to harm. */
export type Strike = (world: World, at: number, ms: number) => boolean

export const pick = <Item>(items: readonly Item[], at: number): Item | undefined =>
  items[at % items.length]

export const onTab =
  (harm: (tab: Tab, world: World, ms: number, at: number) => boolean | void): Strike =>
  (world, at, ms) => {
    const tab = pick(world.tabs, at)
    return tab !== undefined && harm(tab, world, ms, at) !== false
  }

export const onProfile =
  (harm: (profile: Profile, world: World, ms: number, at: number) => boolean | void): Strike =>
  (world, at, ms) =>
    harm(pick(world.profiles, at)!, world, ms, at) !== false

export const onRelay =
  (harm: (world: World, ms: number, at: number) => boolean | void): Strike =>
  (world, at, ms) =>
    world.relay.process.isAlive && harm(world, ms, at) !== false
