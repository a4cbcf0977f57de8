import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(js|css|html|svg|json)$/
/** Below this the answer's head is most of what travels. */
const LEAST_BYTES = 1024

const brotli = promisify(brotliCompress)
const gzipped = promisify(gzip)

/** Which files of a built folder are worth it: text, and not a word of it. */
export const isWorthCompressing = (name: string, bytes: number): boolean =>
  TEXT.test(name) && bytes >= LEAST_BYTES

/** Writes `.br` and `.gz` beside each text file, once, so that the relay compresses nothing while it serves. */
export const compressedFiles = (): Plugin => ({
  name: 'holdfast-compressed-files',
  apply: 'build',
  writeBundle: {
    sequential: true,
    order: 'post',
    async handler({ dir }) {
      if (dir === undefined) return
      const files = await readdir(dir, { recursive: true })
      await Promise.all(files.map((name) => compress(join(dir, name))))
    },
  },
})

const compress = async (path: string): Promise<void> => {
  if (!TEXT.test(path)) return
  const bytes = await readFile(path)
  if (!isWorthCompressing(path, bytes.length)) return
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  const [br, gz] = await Promise.all([brotli(bytes, { params }), gzipped(bytes, { level: 9 })])
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
}
