import type { DialectName, ServerKind } from '../contestants.ts'
import { appendMessage, HoldfastMember } from './holdfast.ts'
import type { Kept } from './holdfast.ts'
import { HocuspocusMember } from './hocuspocus.ts'
import type { Member, MemberOptions, Prepared } from './member.ts'
import { BareMember, StockMember, stockMessage } from './stock.ts'

/** Whom a load speaks with. */
export type Target = {
  readonly url: string
  readonly server: ServerKind
  readonly dialect: DialectName
}

export type OpenOptions = Omit<MemberOptions, 'url'> & {
  readonly isWriter: boolean
  readonly kept?: Kept | undefined
}

export const openMember = ({ url, server, dialect }: Target, options: OpenOptions): Member => {
  const all = { ...options, url }
  switch (dialect) {
    case 'holdfast':
      return new HoldfastMember(all)
    case 'stock':
      return new StockMember(all, server === 'holdfast' ? '/y/' : '/')
    case 'hocuspocus':
      return new HocuspocusMember(all)
    case 'bare':
      return new BareMember(all)
  }
}

/** Updates with the messages that a dialect sends for them, if they do not name the room. */
export const prepare = (dialect: DialectName, updates: readonly Uint8Array[]): Prepared => {
  switch (dialect) {
    case 'holdfast':
      return { updates, messages: updates.map((update, at) => appendMessage(update, at + 1)) }
    case 'stock':
    case 'bare':
      return { updates, messages: updates.map(stockMessage) }
    case 'hocuspocus':
      return { updates, messages: [] }
  }
}
