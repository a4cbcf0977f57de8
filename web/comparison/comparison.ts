import { element } from '../element.ts'
import '../style/comparison.css'
import { COMPARISON_CASES, countWords } from './cases.ts'
import type { ComparisonCase, Outcome, Side, Verdict } from './cases.ts'

const OUTCOMES: Readonly<Record<Outcome, readonly [glyph: string, word: string]>> = {
  kept: ['●', 'kept'],
  'at-once': ['●', 'at once'],
  late: ['◐', 'late'],
  told: ['◐', 'not kept, and said'],
  lost: ['○', 'lost'],
  spoilt: ['○', 'spoilt'],
  missing: ['○', 'not there'],
  'fewer-bytes': ['●', 'fewer bytes'],
  'more-bytes': ['◐', 'more bytes'],
}

const VERDICTS: Readonly<Record<Verdict, readonly [title: string, words: string]>> = {
  tie: ['Ties', 'Both sides do what one wants.'],
  holdfast: ['Where Holdfast does better', 'The stock set-up fails, for the reason that is given.'],
  stock: [
    'Where the stock set-up does better',
    'Holdfast pays for what it promises, or cannot do it yet.',
  ],
}

const ORDER: readonly Verdict[] = ['tie', 'holdfast', 'stock']

/** The stock set-up and Holdfast case by case: each was played on both, with the same steps. */
export const createComparison = (): HTMLElement =>
  element(
    'section',
    { class: 'comparison', attributes: { 'aria-label': 'Basic beside reliable' } },
    [
      element('p', { class: 'comparison-intro' }, [
        'The stock set-up is y-websocket 3.1 as it comes from npm, alone and with y-indexeddb 9.0. Both sides talk to the same relay, and every row is played on both by a test that reads the relay’s disk.',
      ]),
      element('p', { class: 'comparison-count figure', text: countWords(COMPARISON_CASES) }),
      ...ORDER.map(createPart),
    ],
  )

const createPart = (verdict: Verdict): HTMLElement => {
  const [title, words] = VERDICTS[verdict]
  return element('section', { class: 'comparison-part', attributes: { 'data-verdict': verdict } }, [
    element('h3', { text: title }),
    element('p', { class: 'comparison-words', text: words }),
    ...COMPARISON_CASES.filter((each) => each.verdict === verdict).map(createCase),
  ])
}

const createCase = (each: ComparisonCase): HTMLElement =>
  element('article', { class: 'comparison-case', attributes: { 'data-case': each.id } }, [
    element('h4', { text: each.title }),
    element('p', { class: 'comparison-steps', text: each.steps }),
    element('dl', { class: 'comparison-sides' }, sidesOf(each)),
    element('p', { class: 'comparison-reason' }, [
      element('strong', { text: verdictWord(each.verdict) }),
      ' ',
      each.reason,
    ]),
  ])

const verdictWord = (verdict: Verdict): string => {
  if (verdict === 'tie') return 'Tie.'
  return verdict === 'holdfast' ? 'Holdfast.' : 'Stock.'
}

/** One column where y-indexeddb changes nothing. */
const sidesOf = ({ stockAlone, stockIndexedDb, holdfast }: ComparisonCase): HTMLElement[] => {
  const stock =
    stockAlone === stockIndexedDb
      ? [createSide('Stock, with or without y-indexeddb', stockAlone)]
      : [
          createSide('Stock alone', stockAlone),
          createSide('Stock with y-indexeddb', stockIndexedDb),
        ]
  return [...stock, createSide('Holdfast', holdfast)]
}

const createSide = (name: string, { outcome, words }: Side): HTMLElement => {
  const [glyph, word] = OUTCOMES[outcome]
  return element('div', { class: 'comparison-side', attributes: { 'data-outcome': outcome } }, [
    element('dt', { text: name }),
    element('dd', {}, [
      element('span', { class: 'comparison-outcome' }, [
        element('span', { text: `${glyph} `, attributes: { 'aria-hidden': 'true' } }),
        word,
      ]),
      element('span', { class: 'comparison-said', text: words }),
    ]),
  ])
}
