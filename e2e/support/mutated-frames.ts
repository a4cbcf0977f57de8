/** One frame of a list made wrong: cut, lengthened, with other bits or bytes, two in one; or of chance alone. */
export const mutatedFrame = (frames: readonly Uint8Array[], random: () => number): Uint8Array => {
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = (): Uint8Array => frames[below(frames.length)]!.slice()
  const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))
  const bytes = pick()
  switch (below(7)) {
    case 0:
      return bytes.subarray(0, below(bytes.length))
    case 1:
      return Buffer.concat([bytes, noise(1 + below(40))])
    case 2:
      for (let more = 1 + below(4); more > 0; more--) bytes[below(bytes.length)]! ^= 1 << below(8)
      return bytes
    case 3:
      bytes[below(bytes.length)] = 255
      return bytes
    case 4:
      return Buffer.concat([bytes.subarray(0, below(bytes.length)), pick()])
    case 5:
      // A known beginning, and then anything.
      return Buffer.concat([Uint8Array.of(below(4), below(4)), noise(below(200))])
    default:
      return noise(below(300))
  }
}
