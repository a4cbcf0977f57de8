const uint = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}

/** A sound update of Yjs, format V1: one piece of garbage each of so many Yjs clients that nobody has seen. Nine bytes here, a lot in any map. */
export const updateOfManyClients = (count: number, firstClient: number): Uint8Array => {
  const bytes = uint(count)
  // From the highest to the lowest, as Yjs writes them.
  for (let at = count - 1; at >= 0; at--) {
    bytes.push(...uint(1), ...uint(firstClient + at), ...uint(0), ...[0, 1])
  }
  return Uint8Array.from([...bytes, 0])
}

/** The message that brings an update in the protocol of y-websocket. */
export const stockUpdate = (update: Uint8Array): Uint8Array =>
  Uint8Array.from([0, 2, ...uint(update.length), ...update])

/** One struct of a new Yjs client, put into the root type `hostile` at its begin. */
const oneItem = (client: number, content: number, bytes: readonly number[]): Uint8Array =>
  Uint8Array.from([
    ...[1, 1, ...uint(client), 0],
    ...[content, 1, ...textBytes('hostile'), ...bytes],
    0,
  ])

const textBytes = (text: string): number[] => [...uint(text.length), ...Buffer.from(text, 'latin1')]

const CONTENT_ANY = 8
const ANY_NULL = 126
const ANY_OBJECT = 118

/** A value of objects within objects. The gate refuses it (G5); whoever reads it by recursion runs out of stack. */
export const updateOfDeepValue = (client: number, depth: number): Uint8Array => {
  const level = [ANY_OBJECT, 1, ...textBytes('a')]
  const value = Array.from({ length: depth }, () => level).flat()
  return oneItem(client, CONTENT_ANY, [1, ...value, ANY_NULL])
}

/** Maps within maps, as a page may write them, and the deletion of the outermost one: whoever does that goes down to the last. */
export const updatesOfDeepTypes = (client: number, depth: number): readonly Uint8Array[] => {
  // A map under the key "a", in the root type or in the item before it.
  const root = [39, 1, ...textBytes('hostile-types'), ...textBytes('a'), 1]
  const within = (clock: number): number[] => [
    39,
    0,
    ...uint(client),
    ...uint(clock),
    ...textBytes('a'),
    1,
  ]
  const items = Array.from({ length: depth }, (_, at) => (at === 0 ? root : within(at - 1))).flat()
  return [
    Uint8Array.from([1, ...uint(depth), ...uint(client), 0, ...items, 0]),
    Uint8Array.from([0, 1, ...uint(client), 1, 0, 1]),
  ]
}

/** Nothing that any reader could make sense of. */
export const garbageUpdate = (): Uint8Array => new Uint8Array(64).fill(0xff)
