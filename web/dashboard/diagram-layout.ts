import type { SessionState } from '../../kit/index.ts'

/** One way of the session's machine, with what makes it go. */
export type DiagramEdge = {
  readonly from: SessionState
  readonly to: SessionState
  readonly why: string
}

const ALL: readonly SessionState[] = [
  'idle',
  'asking-token',
  'connecting',
  'greeting',
  'live',
  'waiting',
  'refused',
]
export const SESSION_STATES: readonly SessionState[] = ALL

const ended = (from: SessionState): readonly DiagramEdge[] => [
  { from, to: 'waiting', why: 'the connection ended or could not be made' },
  { from, to: 'refused', why: 'the relay said no for good' },
]

/** The machine of the connection, as it is in the protocol. */
export const DIAGRAM_EDGES: readonly DiagramEdge[] = [
  { from: 'idle', to: 'asking-token', why: 'a room was opened' },
  { from: 'idle', to: 'waiting', why: 'a room was opened, sooner than the relay asked for' },
  { from: 'asking-token', to: 'connecting', why: 'the token is there' },
  { from: 'connecting', to: 'greeting', why: 'the socket is open' },
  { from: 'greeting', to: 'live', why: 'the relay welcomed this page' },
  { from: 'asking-token', to: 'waiting', why: 'no token came' },
  ...ended('connecting'),
  ...ended('greeting'),
  ...ended('live'),
  { from: 'waiting', to: 'asking-token', why: 'the wait was over' },
  { from: 'refused', to: 'asking-token', why: 'a room was opened anew' },
  {
    from: 'refused',
    to: 'waiting',
    why: 'a room was opened anew, sooner than the relay asked for',
  },
  ...ALL.filter((from) => from !== 'idle').map((from): DiagramEdge => ({
    from,
    to: 'idle',
    why: 'the last room was closed',
  })),
]

export type DiagramLayout = {
  readonly name: 'wide' | 'narrow'
  readonly width: number
  readonly height: number
  readonly node: { readonly width: number; readonly height: number }
  /** The upper left corner of each state. */
  readonly places: Readonly<Record<SessionState, readonly [x: number, y: number]>>
  /** By `from to`; a way without a line of its own lights only its states. */
  readonly lines: Readonly<Record<string, string>>
  readonly notes: readonly { readonly x: number; readonly y: number; readonly text: string }[]
}

export const WIDE_LAYOUT: DiagramLayout = {
  name: 'wide',
  width: 640,
  height: 236,
  node: { width: 104, height: 42 },
  places: {
    idle: [4, 44],
    'asking-token': [136, 44],
    connecting: [268, 44],
    greeting: [400, 44],
    live: [532, 44],
    waiting: [136, 164],
    refused: [532, 164],
  },
  lines: {
    'idle asking-token': 'M108 65H134',
    'asking-token connecting': 'M240 65H266',
    'connecting greeting': 'M372 65H398',
    'greeting live': 'M504 65H530',
    'waiting asking-token': 'M164 164V88',
    'asking-token waiting': 'M212 86V162',
    'connecting waiting': 'M308 86V126H212V162',
    'greeting waiting': 'M440 86V126H212V162',
    'live waiting': 'M560 86V126H212V162',
    'connecting refused': 'M332 86V112H608V162',
    'greeting refused': 'M464 86V112H608V162',
    'live refused': 'M608 86V162',
    'refused asking-token': 'M584 206V226H120V110H150V88',
    'live idle': 'M584 44V18H56V42',
  },
  notes: [
    { x: 320, y: 13, text: 'last room closed' },
    { x: 326, y: 141, text: 'ended' },
    { x: 494, y: 106, text: 'final no' },
    { x: 158, y: 140, text: 'back-off over' },
    { x: 352, y: 221, text: 'opened anew' },
  ],
}

export const NARROW_LAYOUT: DiagramLayout = {
  name: 'narrow',
  width: 320,
  height: 352,
  node: { width: 116, height: 42 },
  places: {
    idle: [22, 6],
    'asking-token': [22, 78],
    connecting: [22, 150],
    greeting: [22, 222],
    live: [22, 294],
    waiting: [186, 150],
    refused: [186, 294],
  },
  lines: {
    'idle asking-token': 'M80 48V76',
    'asking-token connecting': 'M80 120V148',
    'connecting greeting': 'M80 192V220',
    'greeting live': 'M80 264V292',
    'waiting asking-token': 'M244 150V90H140',
    'asking-token waiting': 'M138 108H162V171H184',
    'connecting waiting': 'M138 171H184',
    'greeting waiting': 'M138 234H162V171H184',
    'live waiting': 'M138 304H162V171H184',
    'connecting refused': 'M138 182H172V326H184',
    'greeting refused': 'M138 250H172V326H184',
    'live refused': 'M138 326H184',
    'refused asking-token': 'M302 315H312V64H110V76',
    'live idle': 'M22 315H8V27H20',
  },
  notes: [
    { x: 210, y: 84, text: 'back-off over' },
    { x: 236, y: 58, text: 'opened anew' },
  ],
}
