import type { HelpFaultKind } from '../run/fault-kinds.ts'
import type { DirectEnd } from '../net/direct-net.ts'
import { hostilePeer, hostileTab } from './hostile-page.ts'
import { onProfile, onTab, pick } from './strike.ts'
import type { Strike } from './strike.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** As bad as a channel between tabs may be, and worse than any browser's. */
const BADLY = { loses: 0.3, doubles: 0.2, delayMs: [0.1, 2500] } as const

const onLink =
  (harm: (end: DirectEnd) => void): Strike =>
  (world, at) => {
    const end = pick(world.helpers?.net.open ?? [], at)
    if (end !== undefined) harm(end)
    return end !== undefined
  }

/** The page, or all pages of its browser, is without a relay; whoever helps it is not. */
const loseRelay = (tabs: readonly Tab[], world: World, ms: number): void => {
  for (const tab of tabs) {
    for (const way of ['up', 'down'] as const) tab.route.eat(way, world.scheduler.now + ms)
    tab.cut()
  }
}

const isCarrier = (tab: Tab): boolean =>
  tab.rooms.some(({ room }) => {
    const { pendingCount, counters } = room.status.current
    return room.figures().peers.carried > 0 || (pendingCount > 0 && counters.adopted > 0)
  })

export const HELP_STRIKES: Readonly<Record<HelpFaultKind, Strike>> = {
  'no-relay': onTab((tab, world, ms, at) => {
    loseRelay(at % 3 === 0 ? world.tabsOf(tab.profile) : [tab], world, 3 * ms)
  }),
  'cut-direct-link': onLink((end) => end.cut()),
  'dead-direct-link': onLink((end) => end.eat()),
  // As no real link does: who lacks something must see that, and not go on.
  'lose-direct-frame': onLink((end) => end.loseNext()),
  'wall-off': onTab(({ ways, number }, world, ms) => {
    if (ways === undefined) return false
    ways.peers.isWalled = true
    for (const end of world.helpers?.net.open ?? []) if (end.peers === ways.peers) end.cut()
    world.trace.say(() => `tab ${number}     finds no way to others`)
    world.later(3 * ms, () => (ways.peers.isWalled = false))
    return true
  }),
  'lossy-tabs': onProfile((profile, world, ms) => {
    const table = world.helpers?.tableOf(profile)
    if (table === undefined || world.tabsOf(profile).length < 2) return false
    table.carrying = BADLY
    world.later(3 * ms, () => table.carryWell())
    return true
  }),
  'deaf-tab': onTab(({ ways, profile }, world, ms) => {
    if (ways === undefined || world.tabsOf(profile).length < 2) return false
    ways.tabs.isDeaf = true
    world.later(2 * ms, () => (ways.tabs.isDeaf = false))
    return true
  }),
  'kill-carrier': (world, at, ms) => {
    const tab = pick(world.tabs.filter(isCarrier), at)
    if (tab === undefined) return false
    tab.end()
    world.later(ms, () => world.openTab(tab.profile.number))
    return true
  },
  'switch-help': onTab((tab, world, ms, at) => {
    if (tab.ways === undefined) return false
    const { room } = pick(tab.rooms, at)!
    const turn = (isOn: boolean): void => {
      if (!tab.isAlive) return
      if (at % 2 === 0) room.helpTabs(isOn)
      else room.helpPeers(isOn)
    }
    turn(false)
    world.later(2 * ms, () => turn(true))
    return true
  }),
  'hostile-peer': hostilePeer,
  'hostile-tab': hostileTab,
}
