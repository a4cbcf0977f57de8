import type { Awareness } from 'y-protocols/awareness'
import { cleanName } from '../shown-name.ts'

/** Who a caret belongs to. `color` is the number of one of the page's own for people: see style/people.css. */
export type CaretUser = { readonly name: string; readonly color: number }

/** How the colors of people are told to other pages; the binding knows colors in this form only. */
const TOLD_COLORS: readonly string[] = [
  '#0b6b72',
  '#7a3fa0',
  '#9a4a12',
  '#2f5fa8',
  '#a12d63',
  '#4c6a16',
  '#5b4fb3',
  '#7d5a10',
]
const TOLD_COLOR = /^#[0-9a-f]{6}$/i

/** Tells the others whose caret this page's is; may be told again when the name changes. */
export const introduce = (awareness: Awareness, { name, color }: CaretUser): void =>
  awareness.setLocalStateField('user', { name, color: TOLD_COLORS[color] ?? TOLD_COLORS[0] })

/** What a page says of its user, made safe to show: a color that is none of ours is our first. */
export const caretUser = (user: unknown): CaretUser => {
  const color = toldColor(user)?.toLowerCase() ?? ''
  return {
    name: cleanName(partOf(user, 'name')) ?? 'Somebody',
    color: Math.max(0, TOLD_COLORS.indexOf(color)),
  }
}

/** The color that a page tells, where it has the form of one. */
export const toldColor = (user: unknown): string | undefined => {
  const color = partOf(user, 'color')
  return typeof color === 'string' && TOLD_COLOR.test(color) ? color : undefined
}

export const partOf = (of: unknown, key: string): unknown =>
  typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[key] : undefined
