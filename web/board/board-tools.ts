import { element } from '../element.ts'
import { createToolbar } from '../toolbar.ts'
import type { Tool } from '../toolbar.ts'
import { INKS } from './board.ts'
import type { BoardTool, InHand } from './board-hand.ts'

type Name = BoardTool | 'undo' | 'redo' | `ink-${number}`

const HAND_TOOLS: readonly Tool<Name>[] = [
  { name: 'draw', label: 'Draw', icon: 'draw', isToggle: true },
  { name: 'circle', label: 'Circle', icon: 'circle', isToggle: true },
  { name: 'move', label: 'Move', icon: 'move', isToggle: true },
  { name: 'remove', label: 'Delete', icon: 'remove', isToggle: true },
]

const INK_NAMES = ['Black', 'Blue', 'Green', 'Amber', 'Red', 'Violet'] as const

const ACT_TOOLS: readonly Tool<Name>[] = [
  { name: 'undo', label: 'Undo what you drew', icon: 'undo' },
  { name: 'redo', label: 'Draw it again', icon: 'redo' },
]

const inkTool = (ink: number): Tool<Name> => ({
  name: `ink-${ink}`,
  label: `${INK_NAMES[ink]} ink`,
  icon: element('span', { class: `ink-dot ink-${ink}` }),
  isToggle: true,
})

/** The tools of the board: which one is in hand, which ink, and undo. */
export const createBoardTools = (acts: {
  readonly undo: () => void
  readonly redo: () => void
}): {
  readonly element: HTMLElement
  readonly inHand: () => InHand
  readonly showUndo: (can: { readonly canUndo: boolean; readonly canRedo: boolean }) => void
  readonly onChange: (listener: (inHand: InHand) => void) => void
} => {
  let inHand: InHand = { tool: 'draw', ink: 0 }
  const listeners: ((inHand: InHand) => void)[] = []
  const inks = Array.from({ length: INKS }, (_, ink) => inkTool(ink))
  const take = (next: InHand): void => {
    inHand = next
    for (const { name } of HAND_TOOLS) bar.show(name, { isPressed: name === inHand.tool })
    for (const [ink, { name }] of inks.entries()) bar.show(name, { isPressed: ink === inHand.ink })
    for (const listener of listeners) listener(inHand)
  }
  const bar = createToolbar('Draw on the board', [HAND_TOOLS, ACT_TOOLS, inks], (name) => {
    if (name === 'undo') return acts.undo()
    if (name === 'redo') return acts.redo()
    const ink = inks.findIndex((tool) => tool.name === name)
    take(ink === -1 ? { ...inHand, tool: name as BoardTool } : { ...inHand, ink })
  })
  take(inHand)
  return {
    element: bar.element,
    inHand: () => inHand,
    showUndo: ({ canUndo, canRedo }) => {
      bar.show('undo', { isOff: !canUndo })
      bar.show('redo', { isOff: !canRedo })
    },
    onChange: (listener) => {
      listeners.push(listener)
      listener(inHand)
    },
  }
}
