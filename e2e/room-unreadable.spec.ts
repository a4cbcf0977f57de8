import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppPage } from './support/app-page.ts'
import { expect, test } from './support/test.ts'

const LIGHT =
  'The relay cannot read this room now. All that you see was on its disk when it last could.'
const BLOCKED = 'The relay does not take your edits now. They wait here until it does.'
const PROBLEM = 'The relay cannot load this room now. cannot-load'

/** Changes a byte in each row of the log that holds `text`; gives the file as it was. */
const damage = async (file: string, text: string): Promise<Buffer> => {
  const whole = await readFile(file)
  const damaged = Buffer.from(whole)
  let count = 0
  for (let at = damaged.indexOf(text); at !== -1; at = damaged.indexOf(text, at + 1)) {
    damaged[at]! ^= 1
    count++
  }
  expect(count).toBeGreaterThan(0)
  await writeFile(file, damaged)
  return whole
}

test('S7, O9: while the relay cannot read a room no page calls it saved; when it can again, all is saved as before', async ({
  newDevice,
  relay,
  room,
}, testInfo) => {
  const user = 'ada-whose-name-is-in-each-row'
  const ada = await AppPage.open(await newDevice(), relay.url, { room, user })
  await ada.write('What is saved. ')
  await ada.expectSaved()
  await relay.kill('SIGTERM')
  const file = join(relay.dataDir, 'data.mdb')
  const whole = await damage(file, user)
  await relay.startAgain()

  const expectUnreadable = async ({ page, light }: AppPage): Promise<void> => {
    await expect(light).toHaveAttribute('data-save', 'unreadable')
    await expect(light.locator('.light-sentence')).toHaveText(LIGHT)
    await expect(page.locator('.problem')).toHaveText(PROBLEM)
    await expect(page.locator('body')).not.toContainText('Saved.')
  }
  await expectUnreadable(ada)
  await testInfo.attach('unreadable', {
    body: await ada.page.screenshot(),
    contentType: 'image/png',
  })
  const eva = await AppPage.open(await newDevice(), relay.url, { room, user: 'eva' })
  await expectUnreadable(eva)
  await ada.write('What waits. ')
  await expect(ada.light).toHaveAttribute('data-save', 'blocked')
  await expect(ada.light.locator('.light-sentence')).toHaveText(BLOCKED)

  await relay.kill('SIGTERM')
  await writeFile(file, whole)
  await relay.startAgain()
  for (const page of [ada, eva]) {
    await page.expectSaved()
    await expect(page.page.locator('.problem')).toBeHidden()
    await expect(page.field).toContainText('What is saved. What waits.')
  }
})
