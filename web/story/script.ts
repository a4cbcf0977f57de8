/** What stands in the document when the curtain rises. */
export const OPENING_TEXT = 'Picnic on Saturday at noon.'

const words = (sentence: string): readonly string[] =>
  sentence.split(' ').map((word, at) => (at === 0 ? `\n${word}` : ` ${word}`))

/** Seven words, written without a network. */
export const OFFLINE_WORDS = words('Please bring bread, cheese, plums and lemonade.')

/** What both write while there is no relay; it may be back before the sentence ends. */
export const RELAYLESS_WORDS = {
  left: words('I bring blankets, lanterns, cushions, games and matches.'),
  right: words('We bring music, kites, balls, ice and cake.'),
} as const
