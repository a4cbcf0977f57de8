import { mock } from 'node:test'
import { compactionKilled } from './scenarios/p41-compaction-killed.ts'

// By itself: it kills its relay all the time, and clients in its process come back soon; not at once, for many of them are kept away.
const { random } = Math
mock.method(Math, 'random', () => random() / 30)
compactionKilled()
