import { mock } from 'node:test'
import { hostileRoom } from './scenarios/p45-hostile-room.ts'

// By itself: its relay dies again and again, and the back-off of every client in this process is short.
const { random } = Math
mock.method(Math, 'random', () => random() / 100)
hostileRoom()
