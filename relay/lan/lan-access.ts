import type { Authenticate, Authorize } from '../authority.ts'
import type { DeviceTokens } from './device-tokens.ts'

const STRANGER =
  'This device has not joined here. Open the address that the relay’s terminal shows, or take a photo of its code.'

/** A5: this machine needs nothing; what comes from elsewhere shows the token of a device that joined. */
export const lanAccess = (
  tokens: DeviceTokens,
): { readonly authenticate: Authenticate; readonly authorize: Authorize } => ({
  authenticate: (token, _user, { isThisMachine }) =>
    isThisMachine || tokens.isValid(token) ? true : STRANGER,
  authorize: (token, _room, { user, isThisMachine }) => {
    const mayEnter = isThisMachine || tokens.isValid(token)
    return { user, read: mayEnter, write: mayEnter }
  },
})
