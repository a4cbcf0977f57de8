import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright/test'
import { inspectRooms } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

/** A site of somebody else on this machine: another port is another origin. */
const serveForeignSite = async (): Promise<{ origin: string; close: () => Promise<void> }> => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>elsewhere</title>')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What a page gets for a WebSocket to the relay: `open`, or the code that it was closed with. */
const trySocket = (page: Page, relayUrl: string): Promise<'open' | number> =>
  page.evaluate((url) => {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`)
      socket.addEventListener('open', () => {
        resolve('open')
        socket.close()
      })
      socket.addEventListener('close', ({ code }) => resolve(code))
    })
  }, relayUrl)

/** Whether a page may read what a plain request is answered with. */
const canRead = (page: Page, url: string): Promise<boolean> =>
  page.evaluate(async (address) => {
    try {
      await fetch(address)
      return true
    } catch (error) {
      if (error instanceof TypeError) return false
      throw error
    }
  }, url)

/** The codes that the page's requests are answered with, as the browser sees them: the page itself is told nothing. */
const watchAnswers = async (page: Page): Promise<readonly number[]> => {
  const codes: number[] = []
  const session = await page.context().newCDPSession(page)
  session.on('Network.responseReceivedExtraInfo', ({ statusCode }) => codes.push(statusCode))
  await session.send('Network.enable')
  return codes
}

/** Of the relay's own figures, those of connections that it ever let in. */
const letIn = async (relayUrl: string): Promise<Record<string, number>> => {
  const page = await (await fetch(`${relayUrl}/metrics`)).text()
  const names = ['connections', 'connections_accepted_total', 'sessions', 'room_loads_total']
  return Object.fromEntries(
    names.map((name) => {
      const value = new RegExp(`^holdfast_${name} (\\d+)$`, 'm').exec(page)?.[1]
      return [name, Number(value)]
    }),
  )
}

const NOBODY = { connections: 0, connections_accepted_total: 0, sessions: 0, room_loads_total: 0 }

test('W6: a page of another origin cannot reach a room, nor learn anything from the relay', async ({
  page,
  relay,
}) => {
  const site = await serveForeignSite()
  try {
    await page.goto(site.origin)
    const refusal = page.waitForEvent('console', (message) => message.text().includes('/holdfast'))
    expect(await trySocket(page, relay.url)).toBe(1006)
    expect((await refusal).text()).toContain('403')
    const codes = await watchAnswers(page)
    const paths = ['/', '/client.html?room=notes', '/healthz', '/metrics']
    for (const path of paths) expect(await canRead(page, relay.url + path), path).toBe(false)
    await expect.poll(() => codes).toEqual(paths.map(() => 403))
    expect(await letIn(relay.url)).toEqual(NOBODY)
    expect(await inspectRooms(relay.dataDir)).toEqual([])
  } finally {
    await site.close()
  }
})

test('W6: a page that came to the relay under a name of its own choice is turned away', async ({
  page,
  relay,
}) => {
  // What a rebound name looks like: it leads to this relay, and both Host and Origin are the attacker's.
  const rebound = relay.url.replace('127.0.0.1', 'rebound.localhost')
  expect((await page.goto(rebound))?.status()).toBe(403)
  expect(await trySocket(page, rebound)).toBe(1006)
  expect(await letIn(relay.url)).toEqual(NOBODY)
  expect(await inspectRooms(relay.dataDir)).toEqual([])
})

test('W6: a page of the relay’s own origin gets its socket and its answers', async ({
  page,
  relay,
}) => {
  await page.goto(`${relay.url}/index.html`)
  const before = await letIn(relay.url)
  expect(await canRead(page, `${relay.url}/healthz`)).toBe(true)
  expect(await trySocket(page, relay.url)).toBe('open')
  const { connections_accepted_total: accepted = 0 } = await letIn(relay.url)
  expect(accepted).toBeGreaterThan(before['connections_accepted_total'] ?? Infinity)
})
