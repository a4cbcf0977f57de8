import { relayKilled } from './scenarios/p01-relay-killed.ts'
import { soak } from './scenarios/p44-soak.ts'

// By themselves and one after the other: they may shorten the back-off of every client in their process.
relayKilled()
soak()
