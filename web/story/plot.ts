/** Where the story is. The ordinary set-ups go through the same steps as ours: it is the same story. */
export type Step =
  /** The frames load. */
  | 'opening'
  | 'together'
  /** The left network is cut, and somebody writes on. */
  | 'cut'
  /** The left tab is closed as soon as its light says that it may be. */
  | 'closing'
  | 'closed'
  /** The left tab is open again, and its verdict is not in yet. */
  | 'returning'
  | 'told'
  /** Somebody stopped the replay. */
  | 'stopped'
  /** Our own clients come back, for the relay to be killed under. */
  | 'rejoining'
  | 'killed'
  /** The relay runs again, and the verdict is not in yet. */
  | 'back'
  | 'end'

/** What the clients are made of. */
export type Setup = 'holdfast' | 'ordinary' | 'ordinary-kept'

export type PlotEvent =
  /** The one button. */
  | 'click'
  /** A step of a replay was shown long enough. */
  | 'beat'
  /** Both clients are there, with their text and a connection. */
  | 'ready'
  /** The left client’s edits are where its light says. */
  | 'kept'
  /** The verdict is in. */
  | 'judged'
  | 'relay-back'
  /** The relay did not let itself be killed. */
  | 'not-killed'

export type Plot = {
  readonly step: Step
  readonly setup: Setup
  /** Whether the relay may be killed from here. */
  readonly hasLab: boolean
}

export const PROLOGUE: Plot = { step: 'opening', setup: 'holdfast', hasLab: false }

/** Whether the story plays by itself, and the button stops it. */
export const isReplay = ({ setup }: Plot): boolean => setup !== 'holdfast'

export const advance = (plot: Plot, event: PlotEvent): Plot => TABLE[plot.step][event](plot)

type Move = (plot: Plot) => Plot

const stay: Move = (plot) => plot

const to =
  (step: Step): Move =>
  (plot) => ({ ...plot, step })

/** What a person decides in our story, the clock decides in a replay; there the button stops it. */
const byHand =
  (step: Step): Move =>
  (plot) => ({ ...plot, step: isReplay(plot) ? 'stopped' : step })

const byClock =
  (step: Step): Move =>
  (plot) =>
    isReplay(plot) ? { ...plot, step } : plot

const stopOnly = byHand('stopped')
const stop: Move = (plot) => (isReplay(plot) ? stopOnly(plot) : plot)

const play =
  (setup: Setup): Move =>
  (plot) => ({ ...plot, step: 'opening', setup })

/** Without lab controls the tie is the end. */
const tell: Move = (plot) =>
  plot.setup === 'ordinary-kept' && !plot.hasLab
    ? { ...plot, step: 'end' }
    : { ...plot, step: 'told' }

const nextAct: Move = (plot) => {
  if (plot.setup === 'holdfast') return play('ordinary')(plot)
  if (plot.setup === 'ordinary') return play('ordinary-kept')(plot)
  return plot.hasLab ? { ...plot, step: 'rejoining', setup: 'holdfast' } : { ...plot, step: 'end' }
}

/** Every step with every event. */
const TABLE: Readonly<Record<Step, Readonly<Record<PlotEvent, Move>>>> = {
  opening: {
    click: stop,
    beat: stay,
    ready: to('together'),
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  together: {
    click: byHand('cut'),
    beat: byClock('cut'),
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  cut: {
    click: byHand('closing'),
    beat: byClock('closed'),
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  closing: {
    click: stay,
    beat: to('closed'),
    ready: stay,
    kept: to('closed'),
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  closed: {
    click: byHand('returning'),
    beat: byClock('returning'),
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  returning: {
    click: stop,
    beat: stay,
    ready: stay,
    kept: stay,
    judged: tell,
    'relay-back': stay,
    'not-killed': stay,
  },
  told: {
    click: nextAct,
    beat: stay,
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  stopped: {
    click: nextAct,
    beat: stay,
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  rejoining: {
    click: stay,
    beat: stay,
    ready: to('killed'),
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
  killed: {
    click: stay,
    beat: stay,
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': to('back'),
    'not-killed': to('end'),
  },
  back: {
    click: stay,
    beat: stay,
    ready: stay,
    kept: stay,
    judged: to('end'),
    'relay-back': stay,
    'not-killed': stay,
  },
  end: {
    click: play('holdfast'),
    beat: stay,
    ready: stay,
    kept: stay,
    judged: stay,
    'relay-back': stay,
    'not-killed': stay,
  },
}
