/** Odd, and far apart. */
const [A, B, C, D] = [597399067, 2869860233, 951274213, 2716044179]

/**
 * 16 bytes that differ where `bytes` differ, if nobody means to deceive: cyrb128's step (public domain, by bryc) on words instead
 * of characters. SHA-256 took some 6 % of a run, and no run needs its strength against an adversary.
 */
export const quickHash = (bytes: Uint8Array): Uint8Array => {
  const { length } = bytes
  let [a, b, c, d] = [1779033703 ^ length, 3144134277, 1013904242, 2773480762]
  for (let at = 0; at < length; at += 4) {
    // Behind the end stands undefined, which is 0 to these operators.
    const word =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    a = b ^ Math.imul(a ^ word, A)
    b = c ^ Math.imul(b ^ word, B)
    c = d ^ Math.imul(c ^ word, C)
    d = a ^ Math.imul(d ^ word, D)
  }
  a = Math.imul(c ^ (a >>> 18), A)
  b = Math.imul(d ^ (b >>> 22), B)
  c = Math.imul(a ^ (c >>> 17), C)
  d = Math.imul(b ^ (d >>> 19), D)
  const hash = new Uint8Array(16)
  for (let at = 0; at < 4; at++) {
    hash[at] = a >>> (8 * at)
    hash[4 + at] = b >>> (8 * at)
    hash[8 + at] = c >>> (8 * at)
    hash[12 + at] = d >>> (8 * at)
  }
  return hash
}
