import type { SaveState } from '../../kit/index.ts'
import { isReplay } from './plot.ts'
import type { Plot, Setup, Step } from './plot.ts'
import type { Verdict } from './verdict.ts'

/** What the story is told from: all of it counted or said by somebody, nothing supposed. */
export type Facts = {
  /** Edits that were written offline in this act, as far as they are known. */
  readonly written: number
  /** Of the left client’s, those that the right one brought to the relay, and the receipt back. */
  readonly brought: number
  /** The light of the left client, where it has one. */
  readonly save: SaveState | undefined
  /** The verdict of this act. */
  readonly verdict: Verdict | undefined
  readonly isRelayAnswering: boolean
  /** The relay’s process, where it is known. */
  readonly pid: number | undefined
  /** Why a client could not start. */
  readonly failure: string | undefined
}

const CUT = 'Cut the left network'
const CLOSE = 'Close the left tab too'
const BACK = 'Bring it back'
const KILL = 'Kill the relay'
const AGAIN = 'Play it again'

/** The next act of the story: what the one button says. */
export const buttonLabel = (plot: Plot): string =>
  isReplay(plot) && !['told', 'stopped', 'end'].includes(plot.step)
    ? 'Stop the replay'
    : LABELS[plot.step](plot)

const nextAct = ({ setup, hasLab }: Plot): string => {
  if (setup === 'holdfast') return 'The same story with an ordinary set-up'
  if (setup === 'ordinary') return 'Once more, with y-indexeddb beside it'
  return hasLab ? KILL : AGAIN
}

const LABELS: Readonly<Record<Step, (plot: Plot) => string>> = {
  opening: () => CUT,
  together: () => CUT,
  cut: () => CLOSE,
  closing: () => CLOSE,
  closed: () => BACK,
  returning: () => BACK,
  told: nextAct,
  stopped: nextAct,
  rejoining: () => KILL,
  killed: () => KILL,
  back: () => KILL,
  end: () => AGAIN,
}

/** Whether the button has nothing to do now: the story goes on by itself in a moment. */
export const isButtonOff = (plot: Plot): boolean =>
  !isReplay(plot) &&
  ['opening', 'closing', 'returning', 'rejoining', 'killed', 'back'].includes(plot.step)

/** What happens now, in one or two short sentences. */
export const narrate = (plot: Plot, facts: Facts): string => {
  if (facts.failure !== undefined) return facts.failure
  return NARRATION[plot.step][plot.setup](facts)
}

type Told = Readonly<Record<Setup, (facts: Facts) => string>>

const each = (tell: (facts: Facts) => string): Told => ({
  holdfast: tell,
  ordinary: tell,
  'ordinary-kept': tell,
})

const edits = (count: number): string => (count === 1 ? '1 edit' : `${count} edits`)
const areOrIs = (count: number): string => (count === 1 ? 'is' : 'are')
const waits = (count: number): string => `${edits(count)} ${count === 1 ? 'waits' : 'wait'}`

const cutStep: Told = {
  holdfast: ({ written, brought, save }) => {
    if (written === 0) return 'The left network is cut. Go on writing there.'
    if (save === 'saved' && brought > 0) {
      return `Cut, and saved all the same: ${edits(brought)} went left → right → relay, and the receipt came back.`
    }
    if (save === 'volatile') {
      return `Not protected: this browser keeps nothing for this page. ${edits(written)} waiting.`
    }
    return `On this device. ${edits(written)} waiting. The right one has seen nothing of it.`
  },
  ordinary: ({ written }) =>
    `Its network is cut, and it writes on. ${edits(written)}, in the memory of that tab.`,
  'ordinary-kept': ({ written }) =>
    `Its network is cut, and it writes on. ${edits(written)}, kept by y-indexeddb.`,
}

const NARRATION: Readonly<Record<Step, Told>> = {
  opening: {
    holdfast: ({ isRelayAnswering }) =>
      isRelayAnswering
        ? 'Two clients open one document.'
        : 'The relay does not answer. What is written here stays on this device until it does.',
    ordinary: () =>
      'The same story, played by itself: Yjs with y-websocket, as they come from npm.',
    'ordinary-kept': () => 'Once more, with y-indexeddb: it keeps the document in the browser.',
  },
  together: {
    holdfast: () => 'Write on either side. Then break something.',
    ordinary: () => 'Two ordinary clients, one document.',
    'ordinary-kept': () => 'Two ordinary clients, one document, kept in each browser too.',
  },
  cut: cutStep,
  closing: cutStep,
  closed: {
    holdfast: ({ written, brought }) =>
      written <= brought
        ? 'The tab is gone, and nothing of it was waiting.'
        : `The tab is gone. ${waits(written)} on this device, and nowhere else.`,
    ordinary: () => 'The tab is gone. It was the only place that had them.',
    'ordinary-kept': () => 'The tab is gone. y-indexeddb has what it wrote.',
  },
  returning: {
    holdfast: ({ isRelayAnswering, written }) =>
      isRelayAnswering
        ? 'It is back, and sends what waited.'
        : `It is back, but the relay does not answer. ${waits(written)} on this device.`,
    ordinary: () => 'It is back, and asks the relay for the document.',
    'ordinary-kept': () => 'It is back, loads what was kept, and sends it.',
  },
  told: {
    holdfast: ({ verdict }) => holdfastVerdict(verdict),
    ordinary: ({ verdict }) => ordinaryVerdict(verdict),
    'ordinary-kept': ({ verdict }) => keptVerdict(verdict),
  },
  stopped: each(() => 'Stopped before the verdict.'),
  rejoining: each(() => 'Our two clients come back.'),
  killed: each(
    ({ pid, written }) =>
      `${pid === undefined ? 'The relay' : `Process ${pid}, the relay,`} was killed. Both write on: ${edits(written)} waiting.`,
  ),
  back: each(
    ({ pid }) =>
      `The relay was started again${pid === undefined ? '' : ` as process ${pid}`}. Both send what waited.`,
  ),
  end: {
    holdfast: ({ verdict }) =>
      verdict === undefined
        ? 'The relay did not let itself be killed.'
        : holdfastVerdict(verdict, 'Killed in mid-sentence. '),
    ordinary: ({ verdict }) => ordinaryVerdict(verdict),
    'ordinary-kept': ({ verdict }) => keptVerdict(verdict),
  },
}

const NO_VERDICT = 'There is no verdict.'

const holdfastVerdict = (verdict: Verdict | undefined, lead = ''): string => {
  if (verdict === undefined) return NO_VERDICT
  const { written, lost, twice } = verdict
  if (written === 0) return `${lead}Nothing was written offline, so nothing could be lost.`
  if (lost + twice === 0) return `${lead}Nothing is lost, and nothing came twice.`
  return `${lead}${lost} lost, ${twice} twice. That must not be: please report it.`
}

const ordinaryVerdict = (verdict: Verdict | undefined): string => {
  if (verdict === undefined) return NO_VERDICT
  const { written, lost } = verdict
  if (lost === 0) return 'This time nothing was lost.'
  const all = lost === written && lost > 1 ? `All ${lost}` : `${lost}`
  return `${all} ${areOrIs(lost)} lost: the closed tab was the only place that had ${lost === 1 ? 'it' : 'them'}.`
}

const keptVerdict = (verdict: Verdict | undefined): string => {
  if (verdict === undefined) return NO_VERDICT
  const { written, lost } = verdict
  return lost === 0
    ? `A tie: with y-indexeddb all ${written} are there. What still differs stands above.`
    : `${lost} ${areOrIs(lost)} lost, although y-indexeddb was there.`
}
