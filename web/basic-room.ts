import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import { createAppLayout } from './app-layout.ts'
import { createBasicBar } from './basic-bar.ts'
import { createBoardPane } from './board/board-pane.ts'
import { createDocBoard } from './board/doc-board.ts'
import { createDocumentPane } from './document/document-pane.ts'
import { DOCUMENT_FRAGMENT } from './document/flood.ts'
import { createDrawer } from './drawer.ts'
import type { Drawer } from './drawer.ts'
import { place } from './element.ts'
import type { Network } from './network.ts'
import { createOfflineReload } from './offline-reload.ts'
import { roomPagePath } from './page-address.ts'
import { createProblemLine } from './problem-line.ts'
import { nameInId } from './shown-name.ts'
import { createStockInstrument } from './stock-instrument.ts'
import { createStockPeople } from './stock-people.ts'
import type { StockRoom } from './stock-room.ts'

export type BasicRoom = {
  readonly name: string
  readonly user: string
  readonly doc: Doc
  readonly awareness: Awareness
  readonly room: StockRoom
  readonly network: Network
  readonly isKept: boolean
}

/** No promise, as this page has none to give. */
const INVITATION =
  'Write something. Then open Faults, go offline, write on, and see what this page can tell you of it.'

export const showBasicRoom = (basic: BasicRoom): void => {
  const { name, user, doc, awareness, room, isKept } = basic
  document.title = `${name} · stock parts`
  const instrument = createStockInstrument()
  const problem = createProblemLine()
  const bar = createBasicBar(name, isKept)
  const layout = createAppLayout({
    room: name,
    sharePath: roomPagePath(location.pathname, name),
    variant: 'on stock parts',
    people: createStockPeople(awareness),
    instrument: instrument.element,
    notices: [bar, problem.element],
    document: createDocumentPane({ doc, awareness, invitation: INVITATION }),
    board: createBoardPane(createDocBoard(doc, user), nameInId),
    drawers: drawersOf(basic),
    foot: [createOfflineReload()],
  })
  place('page').replaceChildren(layout.element)
  layout.start()
  room.subscribe((news) => {
    instrument.show(news)
    problem.show(
      news.refusal && {
        code: String(news.refusal.code),
        message: `The relay refused: ${news.refusal.reason || 'it gave no reason.'} Reload the page to try again.`,
      },
    )
  })
}

const drawersOf = ({ doc, network }: BasicRoom): readonly Drawer[] => [
  createDrawer({
    name: 'faults',
    title: 'Faults',
    side: 'left',
    load: async () => {
      const [{ createFaultPanel }, { createDocumentFlood }] = await Promise.all([
        import('./faults/fault-panel.ts'),
        import('./faults/document-flood.ts'),
      ])
      const flood = createDocumentFlood(doc.getXmlFragment(DOCUMENT_FRAGMENT))
      return createFaultPanel({ network, flood, isStock: true })
    },
  }),
  createDrawer({
    name: 'compare',
    title: 'Basic beside reliable',
    side: 'right',
    load: async () => (await import('./comparison/comparison.ts')).createComparison(),
  }),
]
