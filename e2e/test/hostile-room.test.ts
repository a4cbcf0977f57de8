import { mock } from 'node:test'
import { hostileJobs } from './scenarios/p45-hostile-jobs.ts'
import { hostileRoom } from './scenarios/p45-hostile-room.ts'

// By themselves: one relay dies again and again, the other is measured, and the back-off of every client in this process is short.
const { random } = Math
mock.method(Math, 'random', () => random() / 100)
hostileRoom()
hostileJobs()
