import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppPage } from './support/app-page.ts'
import { inspect } from './support/inspect.ts'
import { runCli } from './support/run-cli.ts'
import { expect, test } from './support/test.ts'

test('S17: to a deleted room nobody brings anything back: who comes is told, and takes away as a file what was not sent, which another room can be made of', async ({
  newDevice,
  relay,
  room,
}) => {
  const [hers, his] = [await newDevice(), await newDevice()]
  const ada = await AppPage.open(hers, relay.url, { room, user: 'ada' })
  const bob = await AppPage.open(his, relay.url, { room, user: 'bob' })
  await ada.write('What both have seen. ')
  await expect(bob.field).toContainText('What both have seen.')
  await ada.expectSaved()
  await relay.kill('SIGTERM')
  await ada.write('What nobody has seen. ')
  await ada.expectOnDevice()
  const deleted = await runCli(['delete', '--data', relay.dataDir, '--room', room])
  expect(deleted).toMatchObject({ code: 0, err: '' })
  await relay.startAgain()

  for (const { page } of [ada, bob]) {
    await expect(page.getByText(/^This room was deleted\./)).toBeVisible({ timeout: 15_000 })
  }
  await ada.page.reload()
  await ada.whenOpen()
  await expect(ada.page.getByText(/^This room was deleted\./)).toBeVisible({ timeout: 15_000 })
  await expect(ada.field).toContainText('What nobody has seen.')
  await ada.page.getByRole('button', { name: /waiting/ }).click()
  const [file] = await Promise.all([
    ada.page.waitForEvent('download'),
    ada.page.getByRole('button', { name: 'Export as a file: not sent yet' }).click(),
  ])
  const { document, pending } = JSON.parse(await readFile(await file.path(), 'utf8')) as {
    readonly document: { readonly update: string; readonly texts: Record<string, unknown> }
    readonly pending: readonly { readonly bytes: string }[]
  }
  expect(pending.length).toBeGreaterThan(0)
  expect(pending).toHaveLength(await ada.pendingCount())
  expect(pending.every(({ bytes }) => bytes.length > 0)).toBe(true)
  const texts = Object.values(document.texts)
  expect(texts).toContainEqual(
    expect.stringContaining('What both have seen. What nobody has seen.'),
  )
  await relay.stop()
  expect(await inspect(relay.dataDir, room)).toEqual([])
  await relay.startAgain()

  const [update, again] = [join(relay.dataDir, 'taken.yjs'), `${room}-again`]
  await writeFile(update, Buffer.from(document.update, 'base64'))
  const put = await runCli(['import', again, update, '--url', relay.url])
  expect(put).toMatchObject({ code: 0, err: '' })
  await ada.page.goto(ada.page.url().replace(room, again))
  await ada.whenOpen()
  await expect(ada.field).toContainText('What both have seen. What nobody has seen.')
  await ada.expectSaved()
})
