export type { FaultClock } from './delay-line.ts'
export { FaultController } from './fault-controller.ts'
export type { FaultKind } from './fault-controller.ts'
export { cleanPlan, faultPlanError, formatFaultPlan, parseFaultPlan } from './fault-plan.ts'
export type {
  FaultPlan,
  FaultPlanError,
  FaultPlanErrorCode,
  FaultPlanResult,
  HalfOpen,
} from './fault-plan.ts'
export { faultyWebSocket } from './faulty-socket.ts'
export type { FaultySocketOptions } from './faulty-socket.ts'
export { seededRandom } from './random.ts'
export type { Random } from './random.ts'
export type { FrameData, SocketClass, SocketLike } from './socket-like.ts'
