import { ClientPanel } from './client-panel.ts'
import type { Plot } from './plot.ts'
import { OPENING_TEXT } from './script.ts'
import { isOurs, isReady, isThere, pathsOf, typistFacts } from './stage-facts.ts'
import type { Users } from './stage-facts.ts'
import { Typist } from './typist.ts'
import type { Side } from '../demo-user.ts'

const SIDES = ['left', 'right'] as const satisfies Side[]

/** The two clients on the stage, and who writes for them. */
export class Cast {
  readonly left: ClientPanel
  readonly right: ClientPanel
  readonly users: Users
  #typists: { readonly [At in Side]?: Typist } = {}
  #isOpeningWritten = false

  constructor(users: Users, changed: () => void) {
    this.users = users
    this.left = new ClientPanel('Left', users.left, changed)
    this.right = new ClientPanel('Right', users.right, changed)
  }

  show(plot: Plot, room: string): void {
    const { left, right } = pathsOf(plot, room, this.users)
    this.left.show(left)
    this.right.show(right)
  }

  /** For another room: its opening text is not written yet. */
  beginAct(): void {
    this.#typists = {}
    this.#isOpeningWritten = false
  }

  /** The left client writes what both begin with, where there is nothing yet. */
  openText(): void {
    const { report } = this.left
    if (this.#isOpeningWritten || !isThere(report)) return
    this.#isOpeningWritten = true
    this.left.tell({ type: 'open-with', text: OPENING_TEXT })
  }

  /** Each client of ours is to be helped by the other, or not: told until it says so itself. */
  help(isOn: boolean): void {
    for (const side of SIDES) {
      const { report } = this[side]
      if (report === undefined || !isOurs(report) || report.help === 'none') continue
      if ((report.help === 'on') !== isOn) this[side].tell({ type: 'help', isOn })
    }
  }

  get isReady(): boolean {
    return isReady(this.left.report, this.right.report, this.#isOpeningWritten)
  }

  /** From now on these words are written, wherever the wire is broken and nobody writes by hand. */
  write(words: { readonly [At in Side]?: readonly string[] }): void {
    this.#typists = {}
    for (const side of SIDES) {
      const own = words[side]
      if (own !== undefined) this.#typists = { ...this.#typists, [side]: new Typist(own) }
    }
  }

  get isWritten(): boolean {
    return SIDES.every((side) => this.#typists[side]?.isDone ?? true)
  }

  type(nowMs: number): void {
    for (const side of SIDES) {
      const typist = this.#typists[side]
      if (typist === undefined) continue
      const facts = typistFacts(this[side].report)
      const word = facts === undefined ? undefined : typist.next(nowMs, facts)
      if (word !== undefined) this[side].tell({ type: 'type', text: word })
    }
  }
}
