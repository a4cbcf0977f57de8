import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { buttonLabel, isButtonOff, narrate } from '../story/narration.ts'
import type { Facts } from '../story/narration.ts'
import { PROLOGUE, advance, isReplay } from '../story/plot.ts'
import type { Plot, PlotEvent, Setup, Step } from '../story/plot.ts'

const EVENTS: readonly PlotEvent[] = [
  'click',
  'beat',
  'ready',
  'kept',
  'judged',
  'relay-back',
  'not-killed',
]

/** Where each step leads in our story (`-`: nowhere), with a relay that may be killed. */
const OURS: Readonly<Record<Step, Readonly<Record<PlotEvent, Step | '-'>>>> = {
  opening: row({ ready: 'together' }),
  together: row({ click: 'cut' }),
  cut: row({ click: 'closing' }),
  closing: row({ beat: 'closed', kept: 'closed' }),
  closed: row({ click: 'returning' }),
  returning: row({ judged: 'told' }),
  told: row({ click: 'opening' }),
  stopped: row({ click: 'opening' }),
  rejoining: row({ ready: 'killed' }),
  killed: row({ 'relay-back': 'back', 'not-killed': 'end' }),
  back: row({ judged: 'end' }),
  end: row({ click: 'opening' }),
}

/** And in a replay, which the clock drives and the button stops. */
const REPLAYED: Readonly<Record<Step, Readonly<Record<PlotEvent, Step | '-'>>>> = {
  ...OURS,
  opening: row({ ready: 'together', click: 'stopped' }),
  together: row({ beat: 'cut', click: 'stopped' }),
  cut: row({ beat: 'closed', click: 'stopped' }),
  closed: row({ beat: 'returning', click: 'stopped' }),
  returning: row({ judged: 'told', click: 'stopped' }),
}

function row(moves: Partial<Record<PlotEvent, Step>>): Record<PlotEvent, Step | '-'> {
  return {
    click: '-',
    beat: '-',
    ready: '-',
    kept: '-',
    judged: '-',
    'relay-back': '-',
    'not-killed': '-',
    ...moves,
  }
}

const STEPS = Object.keys(OURS) as Step[]
const at = (step: Step, setup: Setup = 'holdfast', hasLab = true): Plot => ({ step, setup, hasLab })

const FACTS: Facts = {
  written: 7,
  brought: 0,
  save: 'on-device',
  verdict: { written: 7, inLog: 7, lost: 0, twice: 0 },
  isRelayAnswering: true,
  pid: 4242,
  failure: undefined,
}

const after = (plot: Plot, ...events: readonly PlotEvent[]): Plot =>
  events.reduce((now, event) => advance(now, event), plot)

suite('the plot', () => {
  for (const [setup, table] of [
    ['holdfast', OURS],
    ['ordinary', REPLAYED],
  ] as const) {
    test(`goes from each step with each event where it should: ${setup}`, () => {
      for (const step of STEPS) {
        for (const event of EVENTS) {
          const before = at(step, setup)
          const now = advance(before, event)
          const wanted = table[step][event]
          assert.equal(now.step, wanted === '-' ? step : wanted, `${step}, ${event}`)
          if (wanted === '-') assert.equal(now, before, `${step}, ${event}: nothing at all changes`)
        }
      }
    })
  }

  test('tells our story, the ordinary one, the one with y-indexeddb, and then kills the relay', () => {
    const [told] = [after(PROLOGUE, 'ready', 'click', 'click', 'kept', 'click', 'judged')]
    assert.deepEqual(told, at('told', 'holdfast', false))
    const labelled = { ...told, hasLab: true }
    assert.deepEqual(after(labelled, 'click'), at('opening', 'ordinary'))
    const lost = after(labelled, 'click', 'ready', 'beat', 'beat', 'beat', 'judged')
    assert.deepEqual(lost, at('told', 'ordinary'))
    const tie = after(lost, 'click', 'ready', 'beat', 'beat', 'beat', 'judged')
    assert.deepEqual(tie, at('told', 'ordinary-kept'))
    const end = after(tie, 'click', 'ready', 'relay-back', 'judged')
    assert.deepEqual(end, at('end', 'holdfast'))
    assert.deepEqual(after(end, 'click'), at('opening', 'holdfast'))
  })

  test('ends with the tie where the relay may not be killed', () => {
    const { step } = after(at('returning', 'ordinary-kept', false), 'judged')
    assert.equal(step, 'end')
    assert.equal(after(at('stopped', 'ordinary-kept', false), 'click').step, 'end')
    assert.equal(after(at('returning', 'ordinary', false), 'judged').step, 'told')
  })
})

suite('the one button', () => {
  test('says what a press does next', () => {
    const label = (step: Step, setup?: Setup, hasLab?: boolean): string =>
      buttonLabel(at(step, setup, hasLab))
    assert.equal(label('together'), 'Cut the left network')
    assert.equal(label('cut'), 'Close the left tab too')
    assert.equal(label('closed'), 'Bring it back')
    assert.equal(label('told'), 'The same story with an ordinary set-up')
    assert.equal(label('told', 'ordinary'), 'Once more, with y-indexeddb beside it')
    assert.equal(label('told', 'ordinary-kept'), 'Kill the relay')
    assert.equal(label('stopped', 'ordinary-kept', false), 'Play it again')
    assert.equal(label('end'), 'Play it again')
    for (const step of ['opening', 'together', 'cut', 'closed', 'returning'] as const) {
      assert.equal(label(step, 'ordinary'), 'Stop the replay', step)
    }
  })

  test('is off exactly where a press does nothing', () => {
    for (const step of STEPS) {
      for (const setup of ['holdfast', 'ordinary', 'ordinary-kept'] as const) {
        // What a replay never comes to.
        if (setup !== 'holdfast' && ['closing', 'rejoining', 'killed', 'back'].includes(step))
          continue
        const plot = at(step, setup)
        const doesNothing = advance(plot, 'click') === plot
        assert.equal(isButtonOff(plot), doesNothing, `${step}, ${setup}`)
      }
    }
  })
})

suite('the narration', () => {
  test('has a sentence for every step of every set-up', () => {
    for (const step of STEPS) {
      for (const setup of ['holdfast', 'ordinary', 'ordinary-kept'] as const) {
        for (const verdict of [FACTS.verdict, undefined]) {
          const sentence = narrate(at(step, setup), { ...FACTS, verdict })
          assert.match(sentence, /^[“A-Z0-9].+[.:]$/, `${step}, ${setup}`)
        }
      }
    }
  })

  test('counts what waits, and says where', () => {
    const cut = narrate(at('cut'), FACTS)
    assert.match(cut, /^On this device\. 7 edits waiting\./)
    assert.match(narrate(at('cut'), { ...FACTS, written: 1 }), /1 edit waiting/)
    assert.match(narrate(at('cut'), { ...FACTS, save: 'volatile' }), /^Not protected/)
    assert.match(narrate(at('closed'), FACTS), /7 edits wait on this device/)
  })

  test('claims of a verdict no more than it says', () => {
    const told = (setup: Setup, verdict: Facts['verdict']): string =>
      narrate(at('told', setup), { ...FACTS, verdict })
    assert.match(told('holdfast', FACTS.verdict), /Nothing is lost/)
    const bad = { written: 7, inLog: 6, lost: 1, twice: 2 }
    assert.match(told('holdfast', bad), /1 lost, 2 twice/)
    const nothing = { written: 0, inLog: 0, lost: 0, twice: 0 }
    assert.match(told('holdfast', nothing), /Nothing was written offline/)
    assert.match(told('ordinary', { ...bad, inLog: 0, lost: 7 }), /^All 7 are lost/)
    assert.match(told('ordinary', FACTS.verdict), /nothing was lost/)
    assert.match(told('ordinary-kept', FACTS.verdict), /^A tie: .*all 7 are there/)
    assert.match(told('ordinary-kept', bad), /^1 is lost/)
  })

  test('says so when the relay does not answer, and when a client could not start', () => {
    const silent = { ...FACTS, isRelayAnswering: false }
    assert.match(narrate(at('opening'), silent), /does not answer/)
    assert.match(narrate(at('returning'), silent), /does not answer\. 7 edits wait/)
    assert.equal(narrate(at('together'), { ...FACTS, failure: 'No room.' }), 'No room.')
  })

  test('is told of replays alone that they play by themselves', () => {
    assert.equal(isReplay(at('opening')), false)
    assert.equal(isReplay(at('opening', 'ordinary')), true)
  })
})
