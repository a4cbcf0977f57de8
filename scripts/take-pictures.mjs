// Takes the pictures of docs/ from the real page, served by the real relay with a store of its own:
//
//   node scripts/take-pictures.mjs

import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { chromium } from 'playwright'
import { findBrowser } from './find-browser.mjs'
import { root } from './stamp.mjs'

const FOLDER = join(root, 'docs', 'pictures')
const READY = /^Holdfast ready at (\S+)$/m
const START_TIMEOUT_MS = 60_000

/** A relay on a free port; `stop` lets it drain and resolves when its process is gone. */
async function startRelay(dataDir) {
  const command = [join(root, 'scripts', 'start.mjs')]
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

/** What a press of the story's one button says next, when it can be pressed. */
const untilOffered = (page, label) =>
  page.locator('#next-act[aria-disabled="false"]', { hasText: label }).waitFor()

/** The story twice: when the left tab is closed and seven edits wait, and with the verdict. */
async function theStory(browser, url) {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  await page.addInitScript(() => {
    localStorage.setItem('holdfast-demo/left', 'Ada')
    localStorage.setItem('holdfast-demo/right', 'Ken')
  })
  await page.goto(`${url}/?room=picnic`)
  const next = page.locator('#next-act')
  const take = async (name) => {
    const file = join(FOLDER, name)
    await page.mouse.move(0, 0)
    await page.evaluate(() => document.activeElement?.blur())
    await page.screenshot({ path: file, animations: 'disabled' })
    console.log(relative(root, file))
  }
  await untilOffered(page, 'Cut the left network')
  await next.click()
  await page.locator('#narration', { hasText: '7 edits waiting' }).waitFor()
  await take('story-cut.png')
  await next.click()
  await untilOffered(page, 'Bring it back')
  await next.click()
  await untilOffered(page, 'The same story')
  await take('story-verdict.png')
}

mkdirSync(FOLDER, { recursive: true })
// Beside the project's other leftovers: the page shows where the store is.
const dataDir = join('.cache', 'pictures')
rmSync(join(root, dataDir), { recursive: true, force: true })
try {
  const { executablePath, args } = await findBrowser()
  const relay = await startRelay(dataDir)
  try {
    const browser = await chromium.launch({ executablePath, args })
    try {
      await theStory(browser, relay.url)
    } finally {
      await browser.close()
    }
  } finally {
    await relay.stop()
  }
} finally {
  rmSync(join(root, dataDir), { recursive: true, force: true })
}
