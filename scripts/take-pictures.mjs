// Takes the pictures of docs/ from the real page, served by the real relay with a store of its own:
//
//   node scripts/take-pictures.mjs

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { chromium } from 'playwright'
import { findBrowser } from './find-browser.mjs'
import { root } from './stamp.mjs'

const FOLDER = join(root, 'docs', 'pictures')
const READY = /^Holdfast ready at (\S+)$/m
const START_TIMEOUT_MS = 60_000

/** A relay on a free port; `stop` lets it drain and resolves when its process is gone. */
async function startRelay(dataDir) {
  const command = ['--import', 'tsx', join(root, 'scripts', 'start.mjs')]
  const relay = spawn(process.execPath, [...command, '--port', '0', '--data', dataDir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => relay.once('close', resolve))
  const stop = () => {
    relay.kill('SIGTERM')
    return ended
  }
  let timer
  let said = ''
  try {
    const url = await new Promise((resolve, reject) => {
      const tooLate = () => reject(new Error(`The relay was not ready in ${START_TIMEOUT_MS} ms.`))
      timer = setTimeout(tooLate, START_TIMEOUT_MS)
      relay.stdout.setEncoding('utf8').on('data', (text) => {
        said += text
        const [, found] = READY.exec(said) ?? []
        if (found !== undefined) resolve(found)
      })
      relay.once('error', reject)
      relay.once('close', () => reject(new Error('The relay ended before it was ready.')))
    })
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** One of the two clients: its frame's content, and what the page around it shows of it. */
function clientOf(page, title) {
  const part = page.getByRole('region', { name: `${title} client` })
  const inside = part.frameLocator('iframe')
  return {
    text: inside.getByRole('textbox', { name: 'Shared text' }),
    oneUp: inside.getByRole('button', { name: 'One up' }),
    press: (name) => part.getByRole('button', { name }).click(),
    untilLight: (state) => part.locator(`.light[data-save="${state}"]`).waitFor(),
  }
}

/** The left one is saved; the right one has written more without a network. */
async function twoClients(browser, url) {
  const page = await browser.newPage({
    viewport: { width: 1200, height: 760 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  await page.goto(`${url}/?room=picture`)
  const left = clientOf(page, 'Left')
  const right = clientOf(page, 'Right')
  await left.text.fill('Shopping for Saturday\n\n- bread\n- apples\n')
  for (let n = 0; n < 3; n++) await left.oneUp.click()
  await page.waitForFunction(() => {
    const frames = [...document.querySelectorAll('iframe')]
    return frames.every((frame) => {
      const { status, doc } = frame.contentWindow.holdfastDemo?.room ?? {}
      return status?.current.save === 'saved' && doc.getText('text').length > 30
    })
  })
  await right.press('Cut the network')
  await right.text.press('Control+End')
  await right.text.pressSequentially('- tea, written offline\n')
  await right.oneUp.click()
  await right.untilLight('on-device')
  await left.untilLight('saved')
  const file = join(FOLDER, 'two-clients.png')
  await page.screenshot({ path: file })
  console.log(relative(root, file))
}

mkdirSync(FOLDER, { recursive: true })
const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-pictures-'))
try {
  const { executablePath, args } = await findBrowser()
  const relay = await startRelay(dataDir)
  try {
    const browser = await chromium.launch({ executablePath, args })
    try {
      await twoClients(browser, relay.url)
    } finally {
      await browser.close()
    }
  } finally {
    await relay.stop()
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
