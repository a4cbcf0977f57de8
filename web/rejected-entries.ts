import type { QuarantinedRecord, RejectedEntry, Room } from '../kit/index.ts'
import { element } from './element.ts'

/** What the relay refused and what could not be applied: shown, and to be taken away as a file. Nothing is thrown away. */
export const createRejectedEntries = (room: Room): HTMLElement => {
  const part = element('section', { class: 'shared rejected', attributes: { hidden: '' } })
  room.status.subscribe(({ rejectedCount, quarantinedCount }) => {
    part.hidden = rejectedCount + quarantinedCount === 0
    if (part.hidden) return part.replaceChildren()
    const button = element('button', {
      class: 'button',
      text: 'Export as a file',
      attributes: { type: 'button' },
    })
    button.addEventListener('click', () => download(room))
    part.replaceChildren(
      element('header', { class: 'shared-head' }, [
        element('h2', { text: 'Refused or unreadable' }),
        button,
      ]),
      element('ul', { class: 'rejected-list' }, [
        ...room.rejected().map(rejectedLine),
        ...room.quarantined().map(quarantinedLine),
      ]),
    )
  })
  return part
}

const rejectedLine = ({ author, seq, code, bytes }: RejectedEntry): HTMLElement =>
  element('li', {
    class: 'figure',
    text: `refused: ${code} · ${author.slice(0, 8)} ${seq} · ${bytes.length} bytes`,
  })

const quarantinedLine = ({ offset, reason, bytes }: QuarantinedRecord): HTMLElement =>
  element('li', {
    class: 'figure',
    text: `unreadable: ${reason} · offset ${offset} · ${bytes.length} bytes`,
  })

const download = (room: Room): void => {
  const url = URL.createObjectURL(new Blob([exported(room)], { type: 'application/json' }))
  const link = element('a', { attributes: { href: url, download: `${room.name}-rejected.json` } })
  link.click()
  URL.revokeObjectURL(url)
}

/** Bytes as hex digits, so that a person and any tool can read them. */
const exported = (room: Room): string => {
  const withHex = <Kept extends { readonly bytes: Uint8Array }>(kept: readonly Kept[]): unknown[] =>
    kept.map((each) => ({ ...each, bytes: hexOf(each.bytes) }))
  const rejected = withHex(room.rejected())
  const quarantined = withHex(room.quarantined())
  return `${JSON.stringify({ room: room.name, rejected, quarantined }, null, 2)}\n`
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
