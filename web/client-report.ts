import { SAVE_SENTENCES } from '../kit/index.ts'
import type { Status } from '../kit/index.ts'
import type { ClientReport } from './frame-messages.ts'

export const reportOf = (
  { save, pendingCount, connection, rttMs }: Status,
  isCut: boolean,
): ClientReport => ({
  save,
  sentence: SAVE_SENTENCES[save],
  pendingCount,
  connection,
  rttMs,
  isCut,
})
