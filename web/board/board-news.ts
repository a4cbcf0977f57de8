import type { BoardNews } from './board.ts'

const DID: Readonly<Record<BoardNews['what'], string>> = {
  added: 'drew',
  moved: 'moved',
  removed: 'deleted',
}

const MAX_PARTS = 3

/** What others did, in a sentence to be heard: "Karen drew a circle and 2 strokes. Tim moved a stroke." */
export const newsSentence = (
  news: readonly BoardNews[],
  nameOf: (user: string) => string,
): string => {
  const counts = new Map<string, { readonly by: string; readonly did: string; counts: Counts }>()
  for (const { by, what, kind } of news) {
    const key = `${by ?? ''}\n${what}`
    const part = counts.get(key) ?? {
      by: by === undefined ? 'Somebody' : nameOf(by),
      did: DID[what],
      counts: { circle: 0, stroke: 0 },
    }
    counts.set(key, { ...part, counts: { ...part.counts, [kind]: part.counts[kind] + 1 } })
  }
  const parts = [...counts.values()]
  const said = parts.slice(0, MAX_PARTS).map((part) => {
    return `${part.by} ${part.did} ${countWords(part.counts)}.`
  })
  return [...said, ...(parts.length > MAX_PARTS ? ['Others did more.'] : [])].join(' ')
}

type Counts = Readonly<Record<BoardNews['kind'], number>>

const countWords = (counts: Counts): string =>
  (['circle', 'stroke'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => (counts[kind] === 1 ? `a ${kind}` : `${counts[kind]} ${kind}s`))
    .join(' and ')
