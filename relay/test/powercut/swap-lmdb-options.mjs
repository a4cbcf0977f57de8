// Preloaded (--import) into a recorded process it opens LMDB with other options than the store asks for: a bug, planted from
// without. HOLDFAST_LMDB_OPTIONS is JSON.

import { register } from 'node:module'

register('./swap-lmdb-hooks.mjs', import.meta.url)
