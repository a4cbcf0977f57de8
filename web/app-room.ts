import { saveSentence } from '../kit/index.ts'
import { createAppInstrument } from './app-instrument.ts'
import { createAppLayout } from './app-layout.ts'
import { createAppPeople } from './app-people.ts'
import { createBoardPane } from './board/board-pane.ts'
import { createEventBoard } from './board/event-board.ts'
import { createDocumentPane } from './document/document-pane.ts'
import { DOCUMENT_FRAGMENT } from './document/flood.ts'
import { createDrawer } from './drawer.ts'
import type { Drawer } from './drawer.ts'
import { place } from './element.ts'
import { createEntriesPanel } from './entries/entries-panel.ts'
import { createOfflineReload } from './offline-reload.ts'
import type { OpenedRoom } from './opened-room.ts'
import { roomPagePath } from './page-address.ts'
import { createProblemLine } from './problem-line.ts'
import { expiredSentence } from './expired-line.ts'
import { createMissingLine } from './missing-line.ts'
import { createNoticeLine } from './notice-line.ts'
import { restoredSentence } from './restored-line.ts'
import { readingOf } from './reading.ts'
import { warnBeforeLosing } from './warn-before-losing.ts'

export const showAppRoom = (app: OpenedRoom): void => {
  const { room, network } = app
  document.title = `${room.name} · Holdfast`
  const instrument = createAppInstrument()
  const problem = createProblemLine()
  const restored = createNoticeLine('restored', restoredSentence)
  const missing = createMissingLine(room)
  const expired = createNoticeLine('quiet-note', expiredSentence)
  const people = createAppPeople(app)
  const layout = createAppLayout({
    room: room.name,
    sharePath: roomPagePath(location.pathname, room.name),
    people: people.element,
    instrument: instrument.element,
    notices: [problem.element, restored.element, missing.element, expired.element],
    document: createDocumentPane(app),
    board: createBoardPane(createEventBoard(room, app.user), people.nameOf, people.onNames),
    drawers: [
      ...drawersOf(app),
      createDrawer({
        name: 'people',
        title: 'Who is here',
        side: 'right',
        toggle: people.toggle,
        load: people.createPanel,
      }),
      createDrawer({
        name: 'waiting',
        title: 'What waits',
        side: 'right',
        toggle: instrument.waiting,
        load: () => createEntriesPanel(room),
      }),
    ],
    foot: [createOfflineReload()],
  })
  place('page').replaceChildren(layout.element)
  layout.start()
  const show = (): void => {
    const status = room.status.current
    const { isCut } = network
    instrument.show(readingOf({ ...status, sentence: saveSentence(status), isCut }))
  }
  room.status.subscribe((status) => {
    problem.show(status.problem)
    restored.show(status.restored)
    missing.show(status.missingEvents)
    expired.show(status.expiredEvents)
    show()
  })
  network.onChange(show)
  warnBeforeLosing(room)
}

const drawersOf = ({ room, doc, network }: OpenedRoom): readonly Drawer[] => [
  createDrawer({
    name: 'faults',
    title: 'Faults',
    side: 'left',
    load: async () => {
      const { createFaultPanel } = await import('./faults/fault-panel.ts')
      const { createTabSwitch } = await import('./faults/tab-switch.ts')
      const { createPeerControls } = await import('./faults/peer-controls.ts')
      const { createDocumentFlood } = await import('./faults/document-flood.ts')
      const fragment = doc.getXmlFragment(DOCUMENT_FRAGMENT)
      return createFaultPanel({
        network,
        flood: createDocumentFlood(fragment, () => room.flush()),
        tabs: createTabSwitch(room.figures().tabs.isOn, (isOn) => room.helpTabs(isOn)),
        peers: createPeerControls(room, network),
      })
    },
  }),
  createDrawer({
    name: 'dashboard',
    title: 'Dashboard',
    side: 'right',
    load: async () => {
      const { createDashboard } = await import('./dashboard/dashboard.ts')
      return createDashboard(room, network)
    },
  }),
]
