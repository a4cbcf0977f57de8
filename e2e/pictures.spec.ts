import type { Page } from 'playwright/test'
import { expectPicture } from './support/picture.ts'
import type { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

test.use({ viewport: { width: 1280, height: 800 } })

/** Two people, both saved, nothing pressed yet. */
const story = async (page: Page, relay: RelayProcess): Promise<void> => {
  await page.goto(`${relay.url}/?room=picture`)
  const lights = page.locator('.light[data-save="saved"]')
  await expect(lights).toHaveCount(2)
  const button = page.getByRole('button', { name: 'Cut the left network' })
  await expect(button).not.toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByText('1 record', { exact: true })).toBeVisible()
}

/** A document with a few lines beside a board with a few shapes, all of it saved. */
const app = async (page: Page, relay: RelayProcess): Promise<void> => {
  await page.goto(`${relay.url}/app/picture?user=ada`)
  const document = page.getByRole('textbox', { name: 'Shared document' })
  await document.click()
  await page.keyboard.type('Shopping for Saturday\nbread, apples, and tea for everybody')
  await page.getByRole('button', { name: 'Add a circle' }).click()
  await page.getByRole('button', { name: 'Add a circle' }).click()
  await expect(page.locator('.light[data-save="saved"]').first()).toBeVisible()
  await page.getByRole('banner').hover()
}

for (const [name, show] of Object.entries({ story, app })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the ${name} looks as it did, ${colorScheme}`, async ({ page, relay }, testInfo) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await show(page, relay)
      await expectPicture(page, `${name}-${colorScheme}`, testInfo)
    })
  }
}
