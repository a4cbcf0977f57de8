import { element } from '../element.ts'
import { partsOf } from './verdict.ts'
import type { Verdict, VerdictKind } from './verdict.ts'

/** The verdicts so far, each a line, and how to see for oneself. */
export class Ledger {
  readonly element: HTMLElement
  readonly #rows = element('ul', { class: 'verdicts' })
  readonly #line = element('code', { class: 'inspect-line' })
  readonly #copy = element('button', {
    class: 'button copy',
    text: 'Copy',
    attributes: { type: 'button', 'aria-label': 'Copy the command' },
  })
  readonly #inspect = element('p', { class: 'inspect' }, [
    element('span', { text: 'See for yourself' }),
    this.#line,
    this.#copy,
  ])
  /** What is said about a tie: the page’s own, since it never changes. */
  readonly #tie: HTMLElement
  readonly #basic: HTMLElement

  constructor(into: HTMLElement, tie: HTMLElement, basic: HTMLElement) {
    this.#tie = tie
    this.#basic = basic
    this.element = into
    into.replaceChildren(this.#rows, this.#inspect, tie)
    this.clear()
    this.#copy.addEventListener('click', () => void this.#copyLine())
  }

  clear(): void {
    this.#rows.replaceChildren(
      element('li', {
        class: 'verdict is-empty',
        text: 'Here will stand what the relay’s log says: written, there, lost, twice.',
      }),
    )
    this.#tie.hidden = true
    this.#inspect.hidden = true
  }

  add(title: string, verdict: Verdict, kind: VerdictKind, inspectLine: string): void {
    const parts = partsOf(verdict, kind).flatMap(({ figure, words, isBad }, at) => [
      ...(at === 0 ? [] : [' · ']),
      element('span', { class: isBad ? 'part is-bad' : 'part' }, [
        element('b', { class: 'figure', text: String(figure) }),
        ` ${words}`,
      ]),
    ])
    this.#rows.querySelector('.is-empty')?.remove()
    this.#rows.append(
      element('li', { class: 'verdict' }, [
        element('span', { class: 'verdict-title', text: title }),
        ' ',
        element('span', { class: 'verdict-parts' }, parts),
      ]),
    )
    this.#line.textContent = inspectLine
    this.#copy.textContent = 'Copy'
    this.#inspect.hidden = false
    this.#rows.lastElementChild?.scrollIntoView({ block: 'nearest' })
  }

  /** An ordinary set-up lost nothing either: what differs all the same, and where to try it. */
  showTie(basicPath: string): void {
    this.#basic.setAttribute('href', basicPath)
    this.#tie.hidden = false
  }

  async #copyLine(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#line.textContent)
      this.#copy.textContent = 'Copied'
    } catch {
      // A page of plain http may not write there: then it is selected, for the keyboard to copy.
      getSelection()?.selectAllChildren(this.#line)
      this.#copy.textContent = 'Selected'
    }
  }
}
