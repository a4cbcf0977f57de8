import { MAX_TOKEN_BYTES, MAX_USER_BYTES, isRoomName } from '../../../protocol/index.ts'
import type { Target } from '../../http-target.ts'
import type { Peer } from '../../peer.ts'
import type { Visit } from './stock-connection.ts'

const PREFIX = '/y/'

export type BadVisit = { readonly code: string; readonly sentence: string }

const BAD_ROOM = {
  code: 'bad-room-name',
  sentence:
    "A room's name has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _.",
}
const BAD_USER = { code: 'bad-user', sentence: `A user has at most ${MAX_USER_BYTES} bytes.` }
const BAD_TOKEN = { code: 'bad-token', sentence: `A token has at most ${MAX_TOKEN_BYTES} bytes.` }

export const isStockPath = (path: string): boolean => path.startsWith(PREFIX)

/** What the address of a stock client asks for: `/y/ROOM?user=…&token=…`. */
export const visitOf = ({ path, query }: Target, peer: Peer): Visit | BadVisit => {
  const room = path.slice(PREFIX.length)
  const user = query.get('user') ?? ''
  const token = query.get('token') ?? ''
  if (!isRoomName(room)) return BAD_ROOM
  if (Buffer.byteLength(user) > MAX_USER_BYTES) return BAD_USER
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return BAD_TOKEN
  return { room, user, token, peer }
}
