import { B4_EDITS } from '../../e2e/support/editing-trace.ts'
import type { Setting } from '../row.ts'

const QUICK_EDITS = 300

/** How long the editing history is: the whole of one, or its begin. `HOLDFAST_B4` names the file of a real one, see e2e/support/editing-trace.ts. */
export const traceSettings = (isQuick: boolean): readonly Setting[] => {
  const value = isQuick ? QUICK_EDITS : B4_EDITS
  const which = process.env['HOLDFAST_B4'] === undefined ? 'synthetic' : 'B4'
  return [{ name: `${value} edits, ${which}`, value }]
}
