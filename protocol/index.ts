/** The agreement between the kit and the relay: see SPEC.md. */
export { ENTRY_KINDS, NONE_EXPIRED, REJECT_CODES, addExpired } from './batch.ts'
export type {
  AppendedEntry,
  Batch,
  Entry,
  EntryKind,
  ExpiredEvents,
  LogRecord,
  RejectCode,
  VoidBody,
} from './batch.ts'
export type { CodeOf, CompactedParts } from './batch-codec.ts'
export {
  decodeBatch,
  decodeEntry,
  decodeVoid,
  encodeCompacted,
  encodeEntry,
  encodeTurn,
  encodeVoid,
  headOfBatch,
  isChained,
} from './batch-codec.ts'
export { CLOSE_CODES, closeReason, isFinal } from './close-code.ts'
export type { CloseReason } from './close-code.ts'
export { decodeDownFrame, decodeUpFrame, encodeFrame, frameName, isAckFrame } from './codec.ts'
export { KEY_BYTES, SEED_BYTES, SIGNATURE_BYTES } from './ed25519.ts'
export type { Ed25519 } from './ed25519.ts'
export { MAX_EVENT_NAME_BYTES, decodeEvent, encodeEvent } from './event-body.ts'
export type { EventBody, Json, Payload } from './event-body.ts'
export { LOG_START, PART_CODES } from './frame.ts'
export { isReceiptOf, receiptBytes } from './receipt.ts'
export type { Receipt, ReceiptBody } from './receipt.ts'
export { sealedBytes } from './seal.ts'
export type { Sealing } from './seal.ts'
export type {
  CursorFields,
  CursorProof,
  DecodeFailure,
  DenyCode,
  DownFrame,
  PartCode,
  PresenceState,
  PresentSession,
  RefusalCode,
  RelayView,
  ResetReason,
  UpFrame,
} from './frame.ts'
export { authorOf, authorOfKey, concat, emptyChain, hashEntry, useHash128 } from './hash.ts'
export { ID_BYTES, fromHex, isRoomName, keyOf, toHex } from './ids.ts'
export type { Author, Chain, EntryHash, EntryKey, Epoch, Millis, RoomName } from './ids.ts'
export {
  DEFAULT_LIMITS,
  MAX_HELLO_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_TOKEN_BYTES,
  MAX_UNWELCOMED_BYTES,
  MAX_USER_BYTES,
  PIECE_BYTES,
  REMEMBERED_HASHES,
} from './limits.ts'
export type { Limits } from './limits.ts'
export { LogReader } from './log-reader.ts'
export { LogProof, frontHash } from './log-proof.ts'
export type { Proof, Vouched } from './log-proof.ts'
export { assert } from './machine.ts'
export type { Machine } from './machine.ts'
export { RoomSequencer } from './room-sequencer.ts'
export type { SequencerEffect, SequencerInput, Writer } from './sequencer-types.ts'
export { decodeMarks, isOldCheckpoint } from './sequencer-checkpoint.ts'
export type { Offerer, UpdateGate } from './update-gate.ts'
export { PieceJoiner, cutFrame } from './pieces.ts'
export type { JoinFailure, MoreToCome, Whole } from './pieces.ts'
export { PROTOCOL_VERSION, negotiate } from './version.ts'
export { ClientSession } from './client-session.ts'
export { Confirmation } from './confirmation.ts'
export { Greeting, namesReceiptKey } from './greeting.ts'
export type { KeptBatch, LocalChangeParts } from './local-change.ts'
export type { Draft } from './draft.ts'
export { Outbox } from './outbox.ts'
export type {
  HeldRow,
  OutboxEffect,
  OutboxInput,
  OutboxOptions,
  OutboxRow,
  RejectedRow,
  Sealed,
} from './outbox-types.ts'
export { isSame, ownRecords } from './repair-run.ts'
export type { KeptRun } from './repair-run.ts'
export type { RoomLink } from './room-link.ts'
export type {
  AppliedBatch,
  Cursor,
  RoomCounters,
  RoomEffect,
  RoomInput,
  RoomPhase,
} from './room-step.ts'
export { newCounters } from './room-step.ts'
export type {
  LastEnd,
  SessionEffect,
  SessionInput,
  SessionOptions,
  SessionPhase,
} from './session-types.ts'
export { TabLink } from './tab-link.ts'
export { MAX_TAB_FRAME_BYTES, decodeTabFrame } from './tab-frame.ts'
export type { HandedRow, TabId, TabScope } from './tab-frame.ts'
export type { TabEffect, TabInput, TabRoom } from './tab-types.ts'
export { PeerLink } from './peer-link.ts'
export { MAX_CARRIED_AUTHORS, MAX_CARRIED_ENTRIES } from './peer-rows.ts'
export { PEER_CHUNK_BYTES, PeerJoiner, cutPeerFrame } from './peer-chunks.ts'
export { MAX_PEER_LINKS, neighboursOf } from './peer-ring.ts'
export { decodePeerFrame, encodePeerFrame } from './peer-frame.ts'
export type { HandedEntry, PeerBody, PeerScope } from './peer-frame.ts'
export type { PeerEffect, PeerInput, PeerRoom, RelayWay, TakenRow } from './peer-types.ts'
