/** The relay, to be embedded in any Node server: see `createRelay`. */
export type { Authenticate, Authorize, Grant } from './authority.ts'
export type { RelayFigures } from './figures.ts'
export { InspectError, inspectRoom, inspectRooms } from './inspect.ts'
export type { InspectedRecord, InspectedRoom, Violation } from './inspect.ts'
export { createLog } from './log.ts'
export type { Log, LogLevel } from './log.ts'
export type { Peer } from './peer.ts'
export { RelayError } from './relay-error.ts'
export type { RelayErrorCode } from './relay-error.ts'
export { createRelay } from './relay.ts'
export type { Relay, RelayOptions } from './relay.ts'
export { openLmdbStore } from './stores/lmdb-store.ts'
export { MemoryStore } from './stores/memory-store.ts'
export { StoreError } from './stores/store.ts'
export type {
  Append,
  AppendResult,
  Checkpoint,
  Deletion,
  RoomState,
  Store,
  StoreErrorCode,
  StoredBatch,
} from './stores/store.ts'
