// What the bundle of the simulator begins with: one thread's worth of runs.

import { parentPort, workerData } from 'node:worker_threads'
import { planOf } from './run/plan-of.ts'
import { runPlan } from './run/run-plan.ts'
import { serve } from './run/suite-worker.ts'
import type { Progress } from './run/suite-worker.ts'

if (parentPort === null) throw new Error('The simulator runs in a worker thread.')
serve(parentPort, { planOf, runPlan }, workerData as Progress)
