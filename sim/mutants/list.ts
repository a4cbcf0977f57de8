import { CATCH_UP_MUTANTS } from './catch-up.ts'
import { CONNECTION_MUTANTS } from './connection.ts'
import { DEVICE_MUTANTS } from './device.ts'
import { HELPED_MUTANTS } from './helped.ts'
import type { Mutant } from './mutant.ts'
import { OUTBOX_MUTANTS } from './outbox.ts'
import { RELAY_MUTANTS } from './relay.ts'
import { RESTORING_MUTANTS } from './restoring.ts'

/** Every bug that is planted, each on its own. */
export const MUTANTS: readonly Mutant[] = [
  ...RELAY_MUTANTS,
  ...CATCH_UP_MUTANTS,
  ...OUTBOX_MUTANTS,
  ...DEVICE_MUTANTS,
  ...CONNECTION_MUTANTS,
  ...RESTORING_MUTANTS,
  ...HELPED_MUTANTS,
]
