import { chromium } from 'playwright/test'
import { findBrowser } from '../scripts/find-browser.mjs'
import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

/** What a phone on the local network sees: plain http under a name that is not this machine's own. */
const NAME = 'notebook.local'

test('O5, O7: on an insecure origin, without locks or a service worker, what was written offline is sent', async ({
  room,
  journal,
}) => {
  const { executablePath, args } = await findBrowser()
  const browser = await chromium.launch({
    executablePath,
    args: [...args, `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
  })
  const relay = await RelayProcess.start({ args: ['--allow-host', NAME] })
  try {
    const url = relay.url.replace('127.0.0.1', NAME)
    const device = await browser.newContext()
    const address = { room, user: 'ada' }
    const before = await ClientPage.open(device, url, address, journal)
    const has = await before.surface.evaluate(() => ({
      isSecure: window.isSecureContext,
      locks: 'locks' in navigator,
      subtle: crypto.subtle !== undefined,
    }))
    expect(has).toEqual({ isSecure: false, locks: false, subtle: false })
    await before.type()
    await before.expectSaved()
    await before.cut()
    await before.type()
    await before.countUp(2)
    await before.expectOnDevice()
    await before.closeTab()

    const after = await ClientPage.open(device, url, address, journal)
    await after.expectAllText()
    await after.expectCounter(2)
    await after.expectSaved()
    await expect(after.surface.getByText('Reloading while offline')).toBeVisible()
    journal.expectRecords(await inspect(relay.dataDir, room))
  } finally {
    await relay.destroy()
    await browser.close()
  }
})
