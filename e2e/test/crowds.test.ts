import { fullOutbox } from './scenarios/p12-full-outbox.ts'
import { refusedForLong, stampede } from './scenarios/p13-stampede.ts'

// One after another: they measure.
fullOutbox()
stampede()
refusedForLong()
