import { SAVE_SENTENCES } from '../kit/index.ts'
import type { ConnectionState, SaveState } from '../kit/index.ts'

/** What the page with two clients tells a client in a frame. */
export type FrameCommand = 'cut' | 'come-back'

/** What a client tells: how it is, at the start and after every change. */
export type ClientReport = {
  readonly save: SaveState
  readonly sentence: string
  readonly pendingCount: number
  readonly connection: ConnectionState
  readonly rttMs: number | undefined
  /** Whether somebody cut its network here. */
  readonly isCut: boolean
}

/** Or that it could not start at all. */
export type ClientFailure = { readonly failure: string }

type Told = { readonly data: unknown; readonly origin: string; readonly source: unknown }

const COMMANDS: readonly unknown[] = ['cut', 'come-back'] satisfies FrameCommand[]
const CONNECTIONS: readonly unknown[] = [
  ...['offline', 'waiting', 'connecting', 'catching-up', 'live', 'refused', 'closed'],
] satisfies string[]

const isFrom = (message: Told, source: unknown): boolean =>
  message.source === source && message.origin === location.origin

export const tellFrame = (frame: HTMLIFrameElement, command: FrameCommand): void =>
  frame.contentWindow?.postMessage({ holdfast: 'command', command }, location.origin)

export const tellParent = (told: ClientReport | ClientFailure): void =>
  window.parent.postMessage({ holdfast: 'report', told }, location.origin)

/** Calls `handler` with each command of the page around this one, and of nobody else; returns how to stop. */
export const onCommand = (handler: (command: FrameCommand) => void): (() => void) =>
  listen((message) => {
    if (!isFrom(message, window.parent)) return
    const command = readCommand(message.data)
    if (command !== undefined) handler(command)
  })

/** Calls `handler` with each report of the page in `frame`, and of nobody else; returns how to stop. */
export const onReport = (
  frame: HTMLIFrameElement,
  handler: (told: ClientReport | ClientFailure) => void,
): (() => void) =>
  listen((message) => {
    if (!isFrom(message, frame.contentWindow)) return
    const told = readReport(message.data)
    if (told !== undefined) handler(told)
  })

const listen = (listener: (message: MessageEvent) => void): (() => void) => {
  window.addEventListener('message', listener)
  return () => window.removeEventListener('message', listener)
}

export const readCommand = (data: unknown): FrameCommand | undefined => {
  const { holdfast, command } = fieldsOf(data)
  return holdfast === 'command' && COMMANDS.includes(command)
    ? (command as FrameCommand)
    : undefined
}

export const readReport = (data: unknown): ClientReport | ClientFailure | undefined => {
  const { holdfast, told } = fieldsOf(data)
  if (holdfast !== 'report') return undefined
  const { failure, save, sentence, pendingCount, connection, rttMs, isCut } = fieldsOf(told)
  if (typeof failure === 'string') return { failure }
  const isReport =
    typeof save === 'string' &&
    Object.hasOwn(SAVE_SENTENCES, save) &&
    typeof sentence === 'string' &&
    Number.isSafeInteger(pendingCount) &&
    CONNECTIONS.includes(connection) &&
    (rttMs === undefined || typeof rttMs === 'number') &&
    typeof isCut === 'boolean'
  if (!isReport) return undefined
  return { save, sentence, pendingCount, connection, rttMs, isCut } as ClientReport
}

const fieldsOf = (data: unknown): Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}
