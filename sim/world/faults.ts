import type { FaultKind } from '../run/fault-kinds.ts'
import { forgeRepair, forgeSeal, sendGarbage, sendPoison } from './hostile-client.ts'
import type { Victim } from './hostile-client.ts'
import { HELP_STRIKES } from './help-faults.ts'
import { onProfile, onRelay, onTab, pick } from './strike.ts'
import type { Strike } from './strike.ts'
import type { World } from './world.ts'

const onNextFrame =
  (fault: 'lose' | 'corrupt' | 'duplicate'): Strike =>
  // It counts when a frame is hit, not now.
  (world, at) => {
    pick(world.tabs, at)?.route.hitNext(at % 2 === 0 ? 'up' : 'down', fault, at % 5)
    return false
  }

const victimOf = ({ scheduler, relay, hostileDraws: draws }: World): Victim => ({
  scheduler,
  relay,
  draws,
})

const HOUR_MS = 3_600_000

export const STRIKES: Readonly<Record<FaultKind, Strike>> = {
  cut: onTab((tab) => tab.cut()),
  'half-open': onTab((tab, world, ms, at) => {
    const until = world.scheduler.now + ms
    if (at % 3 !== 1) tab.route.eat('up', until)
    if (at % 3 !== 0) tab.route.eat('down', until)
    for (const connection of tab.connections) {
      if (at % 3 !== 1) connection.eat('up')
      if (at % 3 !== 0) connection.eat('down')
    }
  }),
  'slow-network': onTab((tab, world, ms) => {
    tab.route.latencyMs = [ms / 20, ms / 5]
    world.later(ms, () => (tab.route.latencyMs = [1, 20]))
  }),
  clog: onTab((tab, { scheduler }, ms, at) => {
    tab.route.clog(at % 2 === 0 ? 'up' : 'down', scheduler.now + ms)
  }),
  'corrupt-frame': onNextFrame('corrupt'),
  'lose-frame': onNextFrame('lose'),
  'duplicate-frame': onNextFrame('duplicate'),
  'slow-reader': onTab((tab, { scheduler }, ms) => tab.route.clog('down', scheduler.now + 3 * ms)),
  'kill-tab': onTab((tab, world, ms) => {
    tab.end()
    world.later(ms, () => world.openTab(tab.profile.number))
  }),
  // It counts when a page hears of a reset, not now.
  'kill-at-reset': (world, at) => {
    world.killsAtReset(at % 60)
    return false
  },
  'close-tab': onTab((tab, world, ms) => {
    tab.close()
    world.later(ms, () => world.openTab(tab.profile.number))
  }),
  'duplicate-tab': onTab((tab, world) => world.openTab(tab.profile.number)),
  'freeze-tab': onTab((tab, world, ms) => {
    tab.process.freeze()
    // Seconds, or days.
    world.later(ms > 7000 ? 48 * HOUR_MS : ms, () => {
      tab.process.thaw()
      tab.page.tell('resumed')
    })
  }),
  'restore-profile': onProfile((profile, world) => world.restoreProfile(profile)),
  'power-loss': onProfile((profile, world) => world.losePower(profile)),
  quota: onProfile((profile, world, ms) => {
    const tabs = world.tabsOf(profile)
    for (const tab of tabs) tab.storage.setQuota(true)
    world.later(ms, () => {
      for (const tab of tabs) tab.storage.setQuota(false)
    })
    return tabs.length > 0
  }),
  evict: onProfile((profile, world) => world.evict(profile)),
  'close-database': onTab((tab) => tab.storage.closeDatabase()),
  'hang-storage': onTab((tab, _world, ms) => tab.storage.hang(ms)),
  'kill-relay': onRelay((world, ms) => world.killRelay(ms)),
  'pause-relay': onRelay((world, ms) => {
    const { process } = world.relay
    process.freeze()
    world.later(2 * ms, () => process.thaw())
  }),
  'take-over': onRelay((world, ms) => world.takeOver(ms)),
  'fail-commit': onRelay(({ relay }) => relay.store.failNextCommit('commit-failed')),
  'full-disk': onRelay((world, ms) => {
    const { store } = world.relay
    store.setFull(true)
    world.later(ms, () => store.setFull(false))
  }),
  'stuck-store': onRelay(({ relay }) => relay.store.failNextCommit('must-restart')),
  'slow-disk': onRelay((world, ms) => {
    const { store } = world.relay
    store.slowBy(ms / 10)
    world.later(ms, () => store.slowBy(0))
  }),
  'flip-bit': onRelay(({ disks }) => disks.flipBit()),
  'restore-relay': ({ disks }) => disks.restoreRelay(),
  'clock-jump': onProfile((profile, world, ms, at) => {
    const hours = at % 3 === 0 ? 24 * 30 : 1
    const skewMs = (at % 2 === 0 ? 1 : -1) * hours * HOUR_MS
    if (at % 5 === 0) world.relaySkewMs += skewMs
    else profile.clockSkewMs += skewMs
  }),
  undecided: (world, _at, ms) => world.beUndecided(ms),
  'read-only': (world, _at, ms) => world.forbidWriting(ms),
  garbage: onRelay((world, _ms, at) => sendGarbage(victimOf(world), at)),
  poison: onRelay((world, _ms, at) => sendPoison(victimOf(world), pick(world.roomNames, at)!, at)),
  'forge-seal': onRelay((world, _ms, at) => {
    forgeSeal(victimOf(world), pick(world.roomNames, at)!)
  }),
  'forge-repair': onRelay((world, _ms, at) => {
    const room = pick(world.roomNames, at)!
    const log = world.disk.batches(room).map(({ bytes }) => bytes)
    forgeRepair(victimOf(world), room, log, at)
  }),
  'restore-and-turn': (world, _at, ms) => world.disks.restoreAndTurn(ms),
  // They count when they strike, not now.
  'kill-at-compaction': (world, at) => {
    world.killsAtCompaction(at)
    return false
  },
  'crash-room': onRelay(({ relay }, _ms, at) => {
    relay.crashRoom(at)
    return false
  }),
  'kill-job': onRelay(({ relay }) => relay.jobs.killNext()),
  ...HELP_STRIKES,
}
