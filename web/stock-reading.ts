/** All that the stock parts say of themselves, in their own words. */
export type StockNews = {
  /** The last `status` of y-websocket. */
  readonly status: 'connecting' | 'connected' | 'disconnected'
  /** `synced` of y-websocket. */
  readonly isSynced: boolean
  /** `synced` of y-indexeddb, where there is one. */
  readonly keeps: 'nothing' | 'loading' | 'synced'
  /** The provider gave up: the relay sent a close code after which it does not come back. */
  readonly refusal: { readonly code: number; readonly reason: string } | undefined
}

export const FIRST_NEWS: StockNews = {
  status: 'connecting',
  isSynced: false,
  keeps: 'nothing',
  refusal: undefined,
}

/** One of its words, whether it is a good one, and what it does and does not mean. */
export type StockLamp = {
  readonly name: string
  readonly word: string
  readonly isGood: boolean
  readonly meaning: string
}

export const stockLamps = ({ status, isSynced, keeps }: StockNews): readonly StockLamp[] => [
  { name: 'status', word: status, isGood: status === 'connected', meaning: STATUS[status] },
  {
    name: 'synced',
    word: isSynced ? 'yes' : 'no',
    isGood: isSynced,
    meaning: isSynced ? SYNCED : NOT_SYNCED,
  },
  ...(keeps === 'nothing' ? [] : [databaseLamp(keeps === 'synced')]),
]

const STATUS: Readonly<Record<StockNews['status'], string>> = {
  connected: 'There is a connection, or both ends still believe so.',
  connecting: 'A connection is being made, or was tried and failed.',
  disconnected: 'There is no connection. The provider tries again by itself.',
}

const SYNCED =
  'When it connected, this page got what the relay had. Of what you wrote since it says nothing.'
const NOT_SYNCED = 'This page has not got the relay’s document since it connected.'

const databaseLamp = (isSynced: boolean): StockLamp => ({
  name: 'y-indexeddb synced',
  word: isSynced ? 'yes' : 'no',
  isGood: isSynced,
  meaning: isSynced
    ? 'What this browser kept of the room is loaded. Whether what you write now is kept, it does not say.'
    : 'What this browser kept of the room is not loaded.',
})

/** What can honestly be said of your edits, in a sentence. */
export const stockSentence = ({ status, keeps, refusal }: StockNews): string => {
  if (refusal !== undefined) {
    return 'The relay refused, and the provider has stopped trying. What you write is in this page.'
  }
  const kept = keeps === 'nothing' ? 'this page’s memory' : 'this page, and handed to y-indexeddb'
  if (status === 'connected') {
    return `What you write is in ${kept}, and sent. Nothing says whether the relay has stored it.`
  }
  return `What you write is in ${kept}. Nothing says how much of it the relay lacks.`
}
