// A run of the simulator has some fifty records in a room. These bounds begin to matter at hundreds and thousands, so that what
// happens there would never happen in it: they are short in the simulator, and all else is as it ships.

const short = (file, name, from, to) => ({
  file,
  find: `const ${name} = ${from}\n`,
  replace: `const ${name} = ${to}\n`,
})

const QUICKER = {
  file: 'protocol/hash.ts',
  find: `import { sha256 } from '@noble/hashes/sha2.js'\n`,
  replace: `import { quickHash as sha256 } from '../sim/build/quick-hash.ts'\n`,
}

/** The relay has a fast way to the real hash, and would find that ours is another. */
const OWN_HASH = { file: 'relay/core.ts', find: `useFastHash()\n\n`, replace: '' }

const quickKeys = (file, find, from, beside = '') => ({
  file,
  find: `import { ${find}${beside && `, ${beside}`} } from '${from}'\n`,
  replace: `import { quickEd25519 as ${find} } from '${upFrom(file)}sim/build/quick-ed25519.ts'\n${
    beside && `import { ${beside} } from '${from}'\n`
  }`,
})

const upFrom = (file) => '../'.repeat(file.split('/').length - 1)

/** As edits of source text. */
export const SHORTENED = [
  QUICKER,
  OWN_HASH,
  quickKeys('kit/outbox-options.ts', 'nobleEd25519', './ed25519.ts'),
  quickKeys('kit/loaded-room.ts', 'nobleEd25519', './ed25519.ts', 'warmEd25519'),
  quickKeys('kit/peers/tab-help.ts', 'nobleEd25519', '../ed25519.ts'),
  quickKeys('relay/context.ts', 'nodeEd25519', './ed25519.ts'),
  // Batches on the browser's disk are folded into its base.
  short('kit/room-storage.ts', 'KEPT_WHOLE', 2048, 4),
  short('kit/room-storage.ts', 'FOLD_AT', 256, 6),
  // The relay writes checkpoints, and forgets the hashes of what is older.
  short('protocol/limits.ts', 'REMEMBERED_HASHES: number', 4096, 12),
  short('relay/room-load.ts', 'WORTH_RECORDS', 1000, 4),
  short('protocol/unsettled.ts', 'MOST_LEFT_BEHIND', 1024, 4),
]
