import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClientPage } from './support/client-page.ts'
import type { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

const MIB = 2 ** 20
const SENTENCE = 'The relay cannot store anything now.'

/** A small disk of its own at the relay's folder; or why there is none. */
const giveDisk = async (relay: RelayProcess): Promise<string | undefined> => {
  await relay.kill('SIGTERM')
  await relay.loseData()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', relay.dataDir], {
      stdio: 'pipe',
    })
  } catch (error) {
    return `nothing can be mounted here: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await relay.startAgain()
  }
  return undefined
}

/** Takes all space that is left; returns how to give it back. */
const fill = ({ dataDir }: RelayProcess): (() => void) => {
  const ballast = join(dataDir, 'ballast')
  try {
    writeFileSync(ballast, Buffer.alloc(MIB))
  } catch {
    // It is as large as there was space.
  }
  return () => rmSync(ballast)
}

test('P6, S3, S11, O9: on a full disk two pages that type both say that the relay cannot store, and all is stored by itself when there is space', async ({
  newDevice,
  room,
  journal,
  relay,
  verify,
}) => {
  const why = await giveDisk(relay)
  // As the scenarios of relay/test: what cannot be played somewhere says so.
  if (why !== undefined) return void process.stdout.write(`P6 not run: ${why}\n`)
  try {
    const open = async (user: string): Promise<ClientPage> =>
      ClientPage.open(await newDevice(), relay.url, { room, user }, journal)
    const [ada, bob] = [await open('ada'), await open('bob')]
    for (const client of [ada, bob]) {
      await client.type()
      await client.expectSaved()
    }
    const free = fill(relay)
    await ada.type()
    await bob.type()
    for (const client of [ada, bob]) {
      await expect(client.surface.getByText(SENTENCE)).toBeVisible()
      await client.expectLight('blocked')
    }
    expect((await fetch(`${relay.url}/readyz`)).status).toBe(503)
    await ada.countUp(2)
    free()
    for (const client of [ada, bob]) {
      await client.expectSaved(30_000)
      await client.expectAllText()
      await client.expectCounter(2)
      await expect(client.surface.getByText(SENTENCE)).toBeHidden()
    }
    await verify()
  } finally {
    await relay.stop()
    execFileSync('umount', ['-l', relay.dataDir])
  }
})
