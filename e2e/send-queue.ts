import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const SOCKET_LIST = '/proc/net/tcp'
const LOOK_EVERY_MS = 2
/** A receiver that does not read keeps its bytes waiting: no longer than this. */
const GIVE_UP_AFTER_MS = 2_000
/** Where the kernel cannot be asked. */
const BLIND_WAIT_MS = 100

/** Resolves when the receiver's kernel has all that was written: what is still in our own would die with a reset. */
export const sendQueueEmpty = async (socket: Socket): Promise<void> => {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS
  while (!socket.destroyed && performance.now() < giveUpAt) {
    const queuedBytes = await queuedBytesOf(socket)
    if (queuedBytes === undefined) {
      await sleep(BLIND_WAIT_MS)
      return
    }
    if (queuedBytes === 0) return
    await sleep(LOOK_EVERY_MS)
  }
}

/** What was written and not yet acknowledged, as Linux lists it for IPv4 sockets; undefined where nobody lists it. */
const queuedBytesOf = async ({ localPort, remotePort }: Socket): Promise<number | undefined> => {
  if (!existsSync(SOCKET_LIST)) return undefined
  const lines = (await readFile(SOCKET_LIST, 'latin1')).split('\n')
  for (const line of lines) {
    // `0: 0100007F:1F90 0100007F:C350 01 TX:RX …`, all in hex.
    const [, local, remote, , queues] = line.trim().split(/\s+/)
    if (portOf(local) !== localPort || portOf(remote) !== remotePort) continue
    return Number.parseInt(queues?.split(':')[0] ?? '', 16)
  }
  return undefined
}

const portOf = (address: string | undefined): number =>
  Number.parseInt(address?.split(':')[1] ?? '', 16)
