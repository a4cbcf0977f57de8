import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'playwright/test'
import type { Page, TestInfo } from 'playwright/test'

const FOLDER = new URL('../pictures/', import.meta.url)

/**
 * How a page looks is compared on a coarse grid: each machine has fonts of its own, and letters that stand a pixel further are
 * no change. What moves, goes, comes or changes its colour is.
 */
const COLUMNS = 48
const ROWS = 30
/** Of 255, for one cell in one colour, and for the mean of all. */
const MOST_IN_A_CELL = 56
const MOST_ON_AVERAGE = 5
/** Cells that may differ by more than that: a line of text that wraps elsewhere. */
const MOST_CELLS = 14

type Grid = readonly number[]

/**
 * Compares the page with the picture of this name in e2e/pictures. Where there is none yet, or HOLDFAST_TAKE_PICTURES is set, it is
 * taken, and the test fails once, so that somebody looks at it.
 */
export const expectPicture = async (
  page: Page,
  name: string,
  testInfo: TestInfo,
): Promise<void> => {
  const file = fileURLToPath(new URL(`${name}.png`, FOLDER))
  const now = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  await testInfo.attach(`${name}, now`, { body: now, contentType: 'image/png' })
  if (!existsSync(file) || process.env['HOLDFAST_TAKE_PICTURES'] !== undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, now)
    throw new Error(`The picture ${name} was taken: look at it, and run the test again.`)
  }
  const [kept, seen] = await Promise.all([gridOf(page, readFileSync(file)), gridOf(page, now)])
  const differences = kept.map((value, at) => Math.abs(value - seen[at]!))
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
  const cells = new Set(
    differences.flatMap((value, at) => (value > MOST_IN_A_CELL ? [Math.floor(at / 3)] : [])),
  )
  const where = [...cells].map((cell) => `${cell % COLUMNS}/${Math.floor(cell / COLUMNS)}`)
  expect(cells.size, `${name}: cells that look otherwise: ${where.join(' ')}`).toBeLessThanOrEqual(
    MOST_CELLS,
  )
  expect(mean, `${name}: mean difference of all cells`).toBeLessThan(MOST_ON_AVERAGE)
}

/** Red, green and blue of each cell, row by row; the browser itself makes the picture small. */
const gridOf = (page: Page, png: Buffer): Promise<Grid> =>
  page.evaluate(
    async ([base64, columns, rows]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(columns, rows)
      const context = canvas.getContext('2d')!
      context.imageSmoothingQuality = 'high'
      context.drawImage(bitmap, 0, 0, columns, rows)
      const { data } = context.getImageData(0, 0, columns, rows)
      return Array.from(data).filter((_, at) => at % 4 !== 3)
    },
    [png.toString('base64'), COLUMNS, ROWS] as const,
  )
