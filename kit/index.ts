/** Holdfast for apps: see README.md for the ten-line start. */
export { openRoom } from './open-holdfast-room.ts'
export { SAVE_SENTENCES, saveSentence } from './save-status.ts'
export { ERROR_CODES, HoldfastError } from './holdfast-error.ts'
export type { ErrorCode } from './holdfast-error.ts'
export { isAckFrame, isRoomName } from '../protocol/index.ts'
export type { Json, Payload, RelayView } from '../protocol/index.ts'
export type {
  ConnectionState,
  Counters,
  Delivery,
  EventInfo,
  Figures,
  Fold,
  FoldedEvent,
  FrameCount,
  LinkState,
  OpenRoomOptions,
  PeerConnectionLike,
  PeerFigures,
  PendingEntry,
  PresenceChange,
  PresentUser,
  MissingEvent,
  QuarantinedRecord,
  Readable,
  RejectedEntry,
  Room,
  SaveState,
  SessionState,
  Settled,
  Status,
  TabFigures,
  WebSocketLike,
} from './api.ts'
export type { PeerServers, StorageProtection } from './ports.ts'
export type { TraceDetail, TraceEvent } from './trace-types.ts'
