/** The program of the relay's jobs: `kinds/` below it is where somebody knows what Yjs is. */
import { compact } from './kinds/compact.ts'
import { merge, snapshot } from './kinds/folds.ts'
import { pieces } from './kinds/pieces.ts'
import { difference, news } from './kinds/questions.ts'
import { readable } from './kinds/readable.ts'
import { serveJobs } from './serve-jobs.ts'

await serveJobs({ difference, news, merge, snapshot, compact, pieces, readable })
