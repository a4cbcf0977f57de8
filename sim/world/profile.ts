import { VirtualLockTable } from '../browser/virtual-locks.ts'
import { VirtualProfile } from '../browser/virtual-profile.ts'

/** A browser profile: one person's browser, with what all its pages share. */
export class Profile {
  readonly number: number
  readonly user: string
  readonly disk = new VirtualProfile()
  readonly locks = new VirtualLockTable()
  /** False as on an insecure origin. */
  readonly hasLocks: boolean
  clockSkewMs = 0

  constructor(number: number, user: string, hasLocks: boolean) {
    this.number = number
    this.user = user
    this.hasLocks = hasLocks
  }
}
