import type { ClientReport } from '../client-report.ts'
import { element } from '../element.ts'

/** What is known of the direct link between the two clients, and of what went over it. */
export type RouteFacts = {
  /** Undefined where there is no client of ours to ask. */
  readonly client: Pick<ClientReport, 'help' | 'directPeers'> | undefined
  /** Edits of the left client that the relay's receipt came back for, by the right one. */
  readonly broughtCount: number
}

const PLACES = ['Left', 'Right', 'Relay', 'receipt', 'Left']

/** The one switch of the help between the clients, and the way that edits go by it. */
export const createPeerRoute = (
  change: (isOn: boolean) => void,
): { readonly element: HTMLElement; readonly show: (facts: RouteFacts) => void } => {
  const input = element('input', { attributes: { type: 'checkbox', role: 'switch' } })
  input.addEventListener('change', () => change(input.checked))
  const way = element(
    'span',
    { class: 'route-way' },
    PLACES.map((text) => element('span', { text })),
  )
  const words = element('span', { class: 'route-words' })
  const line = element('p', { class: 'route-line' }, [way, words])
  const root = element('div', { class: 'route' }, [
    element('label', { class: 'route-switch' }, [input, 'Peers help']),
    line,
  ])
  return {
    element: root,
    show: (facts) => {
      root.hidden = facts.client === undefined
      line.hidden = !input.checked
      line.classList.toggle('is-lit', facts.broughtCount > 0)
      words.textContent = routeWords(facts)
    },
  }
}

export const routeWords = ({ client, broughtCount }: RouteFacts): string => {
  if (broughtCount > 0) return `${broughtCount} saved by receipt`
  if (client?.help === 'none') return 'no direct peers: this browser makes no direct links'
  return client?.directPeers === 1 ? 'direct link open' : 'no direct peers yet'
}
