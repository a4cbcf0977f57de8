import { encodeQR } from 'qr'

/** White on black whatever the terminal's colours are: a code the other way round is not read by every camera. */
const COLOURS = '\u001b[97;40m'
const PLAIN = '\u001b[0m'

/** What is printed for the next device: a sentence, the address, and its QR code for a camera. */
export const invitationOf = (address: string, isTerminal: boolean): string => {
  const code = encodeQR(address, 'ascii', { ecc: 'low', border: 2 })
  const lines = code.split('\n').filter((line) => line !== '')
  const coloured = isTerminal ? lines.map((line) => `${COLOURS}${line}${PLAIN}`) : lines
  return [
    'One device of the local network may join with this address, or with a photo of its code:',
    `  ${address}`,
    '',
    ...coloured,
    '',
  ].join('\n')
}
