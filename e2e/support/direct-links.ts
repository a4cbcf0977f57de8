import { test } from 'playwright/test'
import type { Browser } from 'playwright/test'

const NO_WAY = 'two pages of this browser find no direct way to each other on this machine'

/** Leaves the tests of a file out, and says so, where nothing of theirs can be: a firewall, or a machine without any address. */
export const needDirectLinks = async (browser: Browser): Promise<void> => {
  const leaveOut = test.skip.bind(test)
  const isPossible = await canLinkDirectly(browser)
  if (!isPossible) process.stdout.write(`Left out: ${NO_WAY}.\n`)
  leaveOut(!isPossible, NO_WAY)
}

/** Whether two pages of this browser, with nothing in common, get a data channel between them without any server. */
const canLinkDirectly = async (browser: Browser): Promise<boolean> => {
  const contexts = [await browser.newContext(), await browser.newContext()] as const
  try {
    const [one, two] = [await contexts[0].newPage(), await contexts[1].newPage()]
    const offer = await one.evaluate(describe, undefined)
    if (offer === undefined) return false
    const answer = await two.evaluate(describe, offer)
    if (answer === undefined) return false
    return await one.evaluate(finish, answer)
  } finally {
    for (const context of contexts) await context.close()
  }
}

type Words = { type: 'offer' | 'answer'; sdp: string }
type Probe = { connection: RTCPeerConnection; channel: RTCDataChannel }

/** Runs in the page: its description, in answer to another where that is given. */
const describe = async (offer: Words | undefined): Promise<Words | undefined> => {
  if (globalThis.RTCPeerConnection === undefined) return undefined
  const connection = new RTCPeerConnection()
  const channel = connection.createDataChannel('probe', { negotiated: true, id: 0 })
  Object.assign(globalThis, { probe: { connection, channel } })
  if (offer !== undefined) await connection.setRemoteDescription(offer)
  await connection.setLocalDescription()
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (connection.iceGatheringState === 'complete') resolve()
    }
    connection.addEventListener('icegatheringstatechange', look)
    look()
  })
  const { type, sdp } = connection.localDescription!
  return { type: type as Words['type'], sdp }
}

/** Runs in the page that described itself first: whether the channel opens. */
const finish = async (answer: Words): Promise<boolean> => {
  const { connection, channel } = (globalThis as unknown as { probe: Probe }).probe
  await connection.setRemoteDescription(answer)
  return new Promise((resolve) => {
    if (channel.readyState === 'open') resolve(true)
    channel.addEventListener('open', () => resolve(true))
    setTimeout(() => resolve(false), 10_000)
  })
}
