import { MAX_USER_BYTES } from '../protocol/index.ts'
import type { Peer } from './peer.ts'

/** What somebody may do in a room, and as whom. `user` is stamped on presence, signals and records. */
export type Grant = { readonly user: string; readonly read: boolean; readonly write: boolean }

/** W18: asked for every join. To throw means "cannot decide now": the client comes back. */
export type Authorize = (
  token: string,
  room: string,
  asker: { readonly user: string } & Peer,
) => Grant | Promise<Grant>

/**
 * Asked for every `hello`. False sends the client away for good, and so does a text, which is the sentence that it is told;
 * to throw means "cannot decide now".
 */
export type Authenticate = (
  token: string,
  user: string,
  peer: Peer,
) => boolean | string | Promise<boolean | string>

const NOT_LET_IN = 'The relay does not let you in.'

/** What a client is told that `authenticate` refused. */
export const refusalOf = (answer: unknown): string =>
  typeof answer === 'string' && answer !== '' ? answer : NOT_LET_IN

/** Without a hook everybody is who they say they are and may do everything. */
export const allowEverybody: Authorize = (_token, _room, { user }) => ({
  user,
  read: true,
  write: true,
})

/** A hook is somebody else's code: what it answers is looked at before it is believed. */
export const checkedGrant = (grant: Grant): Grant => {
  const { user, read, write } = grant
  if (typeof user !== 'string' || Buffer.byteLength(user) > MAX_USER_BYTES) {
    throw new TypeError(`authorize must name a user of at most ${MAX_USER_BYTES} bytes`)
  }
  return { user, read: read === true, write: write === true }
}

/** Hands on an answer at once if it is there, later if it is promised, and a failure of either kind. */
export const whenAnswered = <Answer>(
  ask: () => Answer | Promise<Answer>,
  take: (answer: Answer) => void,
  fail: (error: unknown) => void,
): void => {
  let answer: Answer | Promise<Answer>
  try {
    answer = ask()
  } catch (error) {
    fail(error)
    return
  }
  if (answer instanceof Promise) answer.then(take, fail)
  else take(answer)
}
