import type { Row } from '../row.ts'
import { durableAck } from './durable-ack.ts'
import { fanOutBurst } from './fan-out-burst.ts'
import { fanOutSteady } from './fan-out-steady.ts'
import { growthOfReaders, growthOfRooms } from './growth.ts'
import { idle } from './idle.ts'
import { ingest } from './ingest.ts'
import { join } from './join.ts'
import { joiners } from './joiners.ts'
import { meeting } from './meeting.ts'
import { page } from './page.ts'
import { reconnect } from './reconnect.ts'
import { roomsMost } from './rooms-most.ts'
import { roomsSteady } from './rooms-steady.ts'

/** All rows, in the order in which they are played and shown. */
export const ROWS: readonly Row[] = [
  fanOutBurst,
  fanOutSteady,
  meeting,
  roomsSteady,
  roomsMost,
  durableAck,
  idle,
  join,
  ingest,
  reconnect,
  joiners,
  page,
  growthOfRooms,
  growthOfReaders,
]
