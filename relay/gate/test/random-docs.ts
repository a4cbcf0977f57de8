import fc from 'fast-check'
import * as Y from 'yjs'

/* Documents that do everything that Yjs can do, and the updates that come of it. */

/** One edit: what, where, how much. The numbers are read modulo what is there. */
export type Edit = { readonly what: number; readonly at: number; readonly size: number }

const TEXTS = [
  'a',
  'word ',
  'ü€',
  '😀',
  'x😀y',
  'line\n',
  '\ud800',
  'l'.repeat(70),
  '\ufeff',
] as const

const VALUES: readonly unknown[] = [
  1,
  -5,
  2 ** 31,
  1e300,
  0.5,
  true,
  null,
  'text',
  [1, [2, { a: [] }]],
  { deep: { deeper: [{}] }, '': null },
  new Uint8Array([1, 2, 3]),
  // The last one is for maps alone: an array of Yjs takes no bigint.
  12n,
]

const pick = <T>(from: readonly T[], at: number): T => from[at % from.length]!

export class Author {
  readonly doc: Y.Doc
  readonly #undo: Y.UndoManager
  /** What it wrote, in the order of writing. */
  readonly written: Uint8Array[] = []

  constructor(client: number, gc: boolean) {
    this.doc = new Y.Doc({ gc })
    this.doc.clientID = client
    this.doc.on(
      'update',
      (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
        if (local) this.written.push(update)
      },
    )
    const scope = [this.doc.getText('text'), this.doc.getMap('map'), this.doc.getArray('array')]
    this.#undo = new Y.UndoManager(scope, { captureTimeout: 0 })
  }

  edit(edit: Edit): void {
    const { what } = edit
    this.doc.transact(() => pick(EDITS, what)(this.doc, edit))
  }

  undo(): void {
    this.#undo.undo()
  }

  redo(): void {
    this.#undo.redo()
  }
}

const textOf = (doc: Y.Doc): Y.Text => doc.getText('text')
const mapOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap('map')
const arrayOf = (doc: Y.Doc): Y.Array<unknown> => doc.getArray('array')
const xmlOf = (doc: Y.Doc): Y.XmlFragment => doc.getXmlFragment('xml')

const insertText = (text: Y.Text, { at, size }: Edit): void => {
  text.insert(at % (text.length + 1), pick(TEXTS, size))
}

const deleteSome = (
  list: { length: number; delete(at: number, n: number): void },
  edit: Edit,
): void => {
  if (list.length === 0) return
  const at = edit.at % list.length
  list.delete(at, 1 + (edit.size % Math.min(5, list.length - at)))
}

/** A type with a little content, at most two levels. */
const typeOf = ({ at, size }: Edit): unknown => {
  const map = new Y.Map()
  map.set('leaf', pick(VALUES, size))
  map.set('list', Y.Array.from(VALUES.slice(0, size % 4) as never[]))
  const text = new Y.Text(pick(TEXTS, size))
  const element = new Y.XmlElement('b')
  element.insert(0, [new Y.XmlText('inner')])
  return pick<unknown>([map, Y.Array.from([1, 'two']), text, element, new Y.XmlHook('hook')], at)
}

const editNested = (doc: Y.Doc, edit: Edit): void => {
  const key = `k${edit.at % 4}`
  const nested = mapOf(doc).get(key)
  if (nested instanceof Y.Text) insertText(nested, edit)
  else if (nested instanceof Y.Map) nested.set(`n${edit.size % 3}`, typeOf(edit))
  else if (nested instanceof Y.Array)
    nested.insert(0, [typeOf(edit), pick(VALUES.slice(0, 11), edit.size)])
  else mapOf(doc).set(key, typeOf(edit))
}

const EDITS: readonly ((doc: Y.Doc, edit: Edit) => void)[] = [
  (doc, edit) => insertText(textOf(doc), edit),
  (doc, edit) => insertText(textOf(doc), edit),
  (doc, edit) => deleteSome(textOf(doc), edit),
  (doc, { at, size }) => {
    const text = textOf(doc)
    if (text.length > 0) text.format(at % text.length, 1, { bold: size % 2 === 0 ? true : null })
  },
  (doc, { at, size }) => {
    const text = textOf(doc)
    text.insertEmbed(at % (text.length + 1), { image: pick(TEXTS, size) })
  },
  (doc, { at, size }) => void mapOf(doc).set(`k${at % 4}`, pick(VALUES, size)),
  (doc, { at }) => mapOf(doc).delete(`k${at % 4}`),
  (doc, { at, size }) => {
    const array = arrayOf(doc)
    array.insert(at % (array.length + 1), VALUES.slice(0, 1 + (size % 5)) as never)
  },
  (doc, edit) => deleteSome(arrayOf(doc), edit),
  editNested,
  editNested,
  (doc, edit) => {
    const xml = xmlOf(doc)
    const element = new Y.XmlElement(pick(['p', 'h1'], edit.at))
    element.setAttribute('level', String(edit.size))
    element.insert(0, [new Y.XmlText(pick(TEXTS, edit.size))])
    xml.insert(edit.at % (xml.length + 1), [element])
  },
  (doc, edit) => deleteSome(xmlOf(doc), edit),
  (doc, { at, size }) => {
    const sub = new Y.Doc({ gc: size % 2 === 0, autoLoad: size % 3 === 0, meta: { n: size } })
    mapOf(doc).set(`k${at % 4}`, sub)
  },
  // Made and deleted in one transaction: such an update has garbage in it that nobody ever saw.
  (doc, edit) => {
    mapOf(doc).set('gone', typeOf(edit))
    mapOf(doc).delete('gone')
  },
  (doc, { size }) => {
    const text = textOf(doc)
    text.insert(0, 'y'.repeat(size * 7 + 1))
    text.delete(0, size * 7 + 1)
  },
]

export const edits: fc.Arbitrary<Edit> = fc.record({
  what: fc.nat({ max: EDITS.length - 1 }),
  at: fc.nat({ max: 30 }),
  size: fc.nat({ max: 30 }),
})

/** Client ids of one byte and of many. */
export const CLIENTS: readonly number[] = [3, 4_294_967_295, 77, 2 ** 31 + 5, 1]

/** What authors do with each other: edit, undo, redo, or read all that another one has. */
export type Step =
  | { readonly kind: 'edit'; readonly author: number; readonly edit: Edit }
  | { readonly kind: 'undo' | 'redo'; readonly author: number }
  | { readonly kind: 'read'; readonly author: number; readonly from: number }

const author = fc.nat({ max: CLIENTS.length - 1 })

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('edit' as const), author, edit: edits }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('undo' as const, 'redo' as const), author }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('read' as const), author, from: author }),
    },
  ),
  { minLength: 1, maxLength: 40, size: 'max' },
)

export const newAuthors = (gc: number): Author[] =>
  CLIENTS.map((client, at) => new Author(client, ((gc >> at) & 1) === 1))

/** Plays steps; authors read each other directly, as over another network. */
export const play = (authors: readonly Author[], played: readonly Step[]): void => {
  for (const step of played) {
    const at = authors[step.author]!
    if (step.kind === 'edit') at.edit(step.edit)
    else if (step.kind === 'read') {
      const from = authors[step.from]!.doc
      Y.applyUpdate(at.doc, Y.encodeStateAsUpdate(from, Y.encodeStateVector(at.doc)))
    } else if (step.kind === 'undo') at.undo()
    else at.redo()
  }
}

/** Updates of every kind that Yjs makes of what the authors wrote; `picks` chooses. */
export const updatesOf = (authors: readonly Author[], picks: readonly number[]): Uint8Array[] => {
  const single = authors.flatMap(({ written }) => written)
  const states = authors.map(({ doc }) => Y.encodeStateAsUpdate(doc))
  const made = picks.map((n) => {
    const doc = pick(authors, n).doc
    const other = Y.encodeStateVector(pick(authors, n >> 3).doc)
    const some = [...single, ...states].filter((_, at) => ((n >> (at % 16)) & 1) === 1)
    return pick(
      [
        () => Y.encodeStateAsUpdate(doc),
        () => Y.encodeStateAsUpdate(doc, other),
        () => Y.diffUpdate(Y.encodeStateAsUpdate(doc), other),
        () => Y.mergeUpdates(some.length > 0 ? some : states),
        () => Y.diffUpdate(Y.mergeUpdates(some.length > 0 ? some : states), other),
        () => pick(single.length > 0 ? single : states, n >> 3),
        () => pick(single.length > 0 ? single : states, n >> 5),
      ],
      n,
    )()
  })
  return made
}
