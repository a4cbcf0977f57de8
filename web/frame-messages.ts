/** What the page around a client tells it. */
export type FrameCommand =
  | { readonly type: 'cut' }
  | { readonly type: 'come-back' }
  /** Writes this text, where the room has none yet. */
  | { readonly type: 'open-with'; readonly text: string }
  /** Types this at the end of the text, as somebody there would. */
  | { readonly type: 'type'; readonly text: string }
  /** Whether other browsers are to help it. */
  | { readonly type: 'help'; readonly isOn: boolean }

/** Or a client tells that it could not start at all. */
export type ClientFailure = { readonly failure: string }

type Told = { readonly data: unknown; readonly origin: string; readonly source: unknown }

export type Fields = Readonly<Record<string, unknown>>

const isFrom = (message: Told, source: unknown): boolean =>
  message.source === source && message.origin === location.origin

export const tellFrame = (frame: HTMLIFrameElement, command: FrameCommand): void =>
  frame.contentWindow?.postMessage({ holdfast: 'command', command }, location.origin)

export const tellParent = (told: object | ClientFailure): void =>
  window.parent.postMessage({ holdfast: 'report', told }, location.origin)

/** Calls `handler` with each command of the page around this one, and of nobody else; returns how to stop. */
export const onCommand = (handler: (command: FrameCommand) => void): (() => void) =>
  listen((message) => {
    if (!isFrom(message, window.parent)) return
    const command = readCommand(message.data)
    if (command !== undefined) handler(command)
  })

/**
 * Calls `handler` with each report of the page in `frame`, and of nobody else; returns how to stop. `read` makes a report of
 * what was told, or undefined of what is none.
 */
export const onReport = <Report>(
  frame: HTMLIFrameElement,
  read: (told: Fields) => Report | undefined,
  handler: (told: Report | ClientFailure) => void,
): (() => void) =>
  listen((message) => {
    if (!isFrom(message, frame.contentWindow)) return
    const told = readTold(message.data, read)
    if (told !== undefined) handler(told)
  })

const listen = (listener: (message: MessageEvent) => void): (() => void) => {
  window.addEventListener('message', listener)
  return () => window.removeEventListener('message', listener)
}

export const readCommand = (data: unknown): FrameCommand | undefined => {
  const { holdfast, command } = fieldsOf(data)
  if (holdfast !== 'command') return undefined
  const { type, text, isOn } = fieldsOf(command)
  if (type === 'cut' || type === 'come-back') return { type }
  if (type === 'help' && typeof isOn === 'boolean') return { type, isOn }
  if ((type === 'open-with' || type === 'type') && typeof text === 'string') return { type, text }
  return undefined
}

export const readTold = <Report>(
  data: unknown,
  read: (told: Fields) => Report | undefined,
): Report | ClientFailure | undefined => {
  const { holdfast, told } = fieldsOf(data)
  if (holdfast !== 'report') return undefined
  const { failure } = fieldsOf(told)
  return typeof failure === 'string' ? { failure } : read(fieldsOf(told))
}

/** The fields of an object; none where it is none. */
export const fieldsOf = (data: unknown): Fields =>
  typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}

/** A number of things, or a place among them. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0
