import type { PeerFigures } from '../kit/index.ts'

/** What there is to say of the direct links of a page, in a sentence. `others`: how many other pages the relay says are here. */
export const directLinksSentence = (
  { isOn, isAvailable, links, failed }: PeerFigures,
  others: number,
): string => {
  if (!isAvailable) return 'No direct peers: this browser makes no direct links.'
  if (!isOn) return 'No direct peers: this page does not look for any.'
  if (links === 1) return '1 direct peer.'
  if (links > 1) return `${links} direct peers.`
  if (failed > 0) {
    return 'No direct peers: no way was found from here to another browser. The relay goes on as before.'
  }
  return others === 0 ? 'No direct peers: nobody else is here.' : 'No direct peers yet.'
}
