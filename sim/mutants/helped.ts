// Pages that help each other: tabs over their channel, browsers over direct links, and the relay's word on its way back.

import { edit, helped } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const SENDER = 'protocol/sender.ts'
const TAB_ROWS = 'protocol/tab-rows.ts'
const TAB_LINK = 'protocol/tab-link.ts'
const PEER_ROWS = 'protocol/peer-rows.ts'
const PEER_RECEIPTS = 'protocol/peer-receipts.ts'
const PRODUCERS = 'protocol/producer-links.ts'
const READER = 'protocol/log-reader.ts'
const PENDING = 'kit/pending-events.ts'

const CARRYING: readonly Mutant[] = [
  helped(
    'not-carried',
    'R4',
    'an entry that a page holds for another browser is not offered to the relay',
    edit(
      SENDER,
      '    if (held.isAcked) continue\n',
      '    if (held.isAcked || held.row.proof === undefined) continue\n',
    ),
  ),
  helped(
    'left-to-other-tabs-for-ever',
    'P4',
    "a tab with a link leaves another one's rows to that one, whatever becomes of it",
    edit(TAB_ROWS, '    if (carried === undefined) return 0\n', '    return Infinity\n'),
  ),
  helped(
    'own-before-carried',
    'P2',
    'what is left to other tabs is stepped over, and what was written on top of it is sent',
    edit(
      SENDER,
      '  return rows.slice(0, last + 1)\n',
      '  return rows.filter((held, at) => at <= last && (held.isOurs || !elsewhere.has(held.row.author)))\n',
    ),
  ),
  helped(
    'own-overtakes-seals',
    'P2',
    'the relay takes what needs no seal before what came earlier and is still looked at',
    edit(
      'relay/producers.ts',
      '      else if (this.#context.seals.isBusyWith(this.#link)) {\n',
      '      else if (handle < 0) {\n',
    ),
  ),
  helped(
    'tab-rows-without-those-before',
    'P3',
    'a tab carries a row although it lacks what stood before it',
    edit(TAB_ROWS, '    if (missing.length > 0) {\n', '    if (missing.length < 0) {\n'),
  ),
  helped(
    'peer-entries-without-those-before',
    'R4',
    'a page carries an entry of another browser although it lacks what stood before it',
    edit(PEER_ROWS, '    if (this.#lacks(before)) {\n', '    if (before.length < 0) {\n'),
  ),
  helped(
    'carried-again-not-sent',
    'R4',
    'a carried entry that comes again, and was sent before, is held and not sent',
    edit(PRODUCERS, ' && !isHeld) link?.again.add(seq)\n', ' && !isHeld) continue\n'),
  ),
  helped(
    'carried-counted-twice',
    'E4',
    'what is carried though it is in the log is pending as well',
    edit(PENDING, '    if (!isOurs && log.has(key)) return true\n', ''),
  ),
]

const BELIEVING: readonly Mutant[] = [
  helped(
    'receipt-unchecked',
    'K8',
    "a receipt of a peer counts without the relay's signature",
    edit(
      PEER_RECEIPTS,
      'const isGenuine = this.#room.isGenuine(receipt)\n',
      'const isGenuine: boolean | undefined = this.#room.isGenuine(receipt) !== undefined\n',
    ),
  ),
  helped(
    'receipt-covers-what-comes-after',
    'K8',
    'a receipt acks all of its author, also what was written behind it',
    edit(
      PRODUCERS,
      "    tell({ type: 'acked', author, from, through })\n",
      "    tell({ type: 'acked', author, from, through: through + 1 })\n",
    ),
  ),
  helped(
    'peer-seal-unchecked',
    'K11',
    'an entry that a peer hands over is carried whether or not its author sealed it',
    edit(
      'kit/sealed-rows.ts',
      "    if (!ed25519.verify(key, message, seal)) return 'bad-seal'\n",
      "    if (message.length === 0) return 'bad-seal'\n",
    ),
  ),
  helped(
    'tab-secret-unchecked',
    'P3',
    'a row of a tab is believed to be of the author that it names',
    edit(TAB_ROWS, ' || !this.#room.isAuthentic(row) || ', ' || '),
  ),
  helped(
    'gossip-moves-the-cursor',
    'P5',
    'batches of a tab are applied without comparing their chain values',
    edit(
      READER,
      '(batch.isCompacted || isChained(batch, bytes, chain))\n',
      '(batch.isCompacted || isChained(batch, bytes, chain) || this.#isBeside)\n',
    ),
    edit(
      READER,
      '    const before = this.#cursor\n',
      '    const before = this.#cursor\n    this.#isBeside = true\n',
    ),
    edit(
      READER,
      '    if (reading.applied.length === 0) this.#cursor = before\n',
      '    this.#isBeside = false\n    if (reading.applied.length === 0) this.#cursor = before\n',
    ),
    edit(READER, '  #isAnew = false\n', '  #isAnew = false\n  #isBeside = false\n'),
  ),
  helped(
    'tab-of-another-log-believed',
    'P5',
    'batches of a tab are read whatever log they are of',
    edit(READER, '    if (!isFirst && this.#cursor.epoch !== epoch) return UNREAD\n', ''),
    edit(TAB_LINK, '    if (this.#wasLive || !isOurs) return', '    if (this.#wasLive) return'),
    edit(
      READER,
      '(batch.isCompacted || isChained(batch, bytes, chain))\n',
      '(batch.isCompacted || chain.length > 0)\n',
    ),
  ),
]

const SAYING: readonly Mutant[] = [
  helped(
    'held-by-who-is-here',
    'P6',
    'every tab that is here counts as holding what waits',
    edit(
      TAB_ROWS,
      '      if (without(runs, state.holds).length === 0) count++\n',
      '      if (state !== undefined) count++\n',
    ),
  ),
  helped(
    'held-before-anybody-heard',
    'P6',
    'who held all that waited before the last entry counts as holding that one too',
    edit(
      TAB_ROWS,
      'const runs = isLookedAt ? this.#runs : runsOf(outbox.rows())\n',
      'const runs = isLookedAt ? this.#runs : this.#runs.slice()\n',
    ),
  ),
  helped(
    'held-by-every-link',
    'R8',
    'every direct peer counts as holding what waits',
    edit(
      PEER_ROWS,
      '    for (const { holds } of peers) if (without(own, holds).length === 0) count++\n',
      '    for (const { holds } of peers) if (without(own, holds).length <= own.length) count++\n',
    ),
  ),
  helped(
    'receipts-kept-to-oneself',
    'R7',
    'a page that carried does not give the receipt to whoever waits for it',
    edit(
      PEER_RECEIPTS,
      '    if (receipts.length === 0) return\n',
      '    if (receipts.length >= 0) return\n',
    ),
  ),
  helped(
    'log-kept-from-other-tabs',
    'P5',
    'a tab with a link hands on nothing of the log, asked or not',
    edit(TAB_LINK, '    if (part.length > 0) this.#post(', '    if (part.length < 0) this.#post('),
  ),
]

export const HELPED_MUTANTS: readonly Mutant[] = [...CARRYING, ...BELIEVING, ...SAYING]
