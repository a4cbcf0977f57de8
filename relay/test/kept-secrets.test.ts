import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openBatchSecret, openReceiptSecret } from '../store-secrets.ts'
import { KeptSecrets } from '../supervisor/kept-secrets.ts'

const folder = (t: { after: (end: () => void) => void }): string => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('A11, K9: a folder that is gone begins anew with the secrets that the relay had when it served', (t) => {
  const dir = folder(t)
  const secret = openBatchSecret(dir)
  const signing = openReceiptSecret(dir)
  assert.notDeepEqual(signing, secret)
  writeFileSync(join(dir, 'device-secret'), 'of devices')
  const kept = new KeptSecrets(dir)
  assert.equal(kept.putBack(), undefined)
  kept.served()
  rmSync(dir, { recursive: true })
  assert.match(kept.putBack()!, /is gone\. A new one begins/)
  assert.deepEqual(openBatchSecret(dir), secret)
  assert.deepEqual(openReceiptSecret(dir), signing)
  assert.equal(readFileSync(join(dir, 'device-secret'), 'utf8'), 'of devices')
  assert.equal(statSync(join(dir, 'batch-secret')).mode & 0o777, 0o600)
})

test('A11: what was taken out of a folder on purpose is not put back', (t) => {
  const dir = folder(t)
  openBatchSecret(dir)
  const kept = new KeptSecrets(dir)
  kept.served()
  rmSync(join(dir, 'batch-secret'))
  writeFileSync(join(dir, 'data.mdb'), '')
  assert.equal(kept.putBack(), undefined)
  assert.throws(() => statSync(join(dir, 'batch-secret')))
})

test('A11: a folder that cannot be made again is told, and the relay starts all the same', (t) => {
  const dir = folder(t)
  const inner = join(dir, 'data')
  const kept = new KeptSecrets(inner)
  openBatchSecret(dir)
  kept.served()
  assert.equal(kept.putBack(), undefined)
  const broken = new KeptSecrets(dir)
  broken.served()
  rmSync(dir, { recursive: true })
  writeFileSync(dir, 'a file in its place')
  assert.match(broken.putBack()!, /could not be put into the new folder/)
})
