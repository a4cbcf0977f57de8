// What of protocol/ no mutant is made of, and why.

const SENTENCE = 'a sentence for people: no test of behaviour reads it'

const isText = ({ type }) => type === 'StringLiteral' || type === 'TemplateLiteral'

const textOf = (node) =>
  node.type === 'StringLiteral' ? node.value : node.quasis.map(({ value }) => value.raw).join('')

/** Where texts are notation, and so what a machine compares: a field of the wire (V2). */
const isNotation = ({ parent }) =>
  parent.type === 'ObjectProperty' && parent.key.name === 'notation'

/** The reason, or undefined. `path` is Babel's: a text with a space in it is a sentence and not a name. */
export const whyIgnored = (path) =>
  isText(path.node) && textOf(path.node).includes(' ') && !isNotation(path) ? SENTENCE : undefined
