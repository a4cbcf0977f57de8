import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { compressedFiles } from './web/build/compressed-files-plugin.ts'
import { pageAddresses } from './web/build/page-addresses-plugin.ts'
import { serviceWorker } from './web/build/service-worker-plugin.ts'

const webDir = fileURLToPath(new URL('web', import.meta.url))

/** Every page of web/ (its HTML files at the top) is an entry of the build. */
const pages = readdirSync(webDir)
  .filter((name) => name.endsWith('.html'))
  .map((name) => join(webDir, name))

/** What is loaded with the first direct link, which most pages never make. */
const DIRECT_LINKS =
  'kit[\\\\/]peers[\\\\/](webrtc|peer-words|channel-queue)|protocol[\\\\/]peer-chunks'
const KIT = new RegExp(`[\\\\/](?!${DIRECT_LINKS})(kit|protocol)[\\\\/]`)
/** What every page shows of a client. */
const INSTRUMENT =
  /[\\/]web[\\/](element|glyph|reading|save-light|connection-wire|problem-line|waiting-count|warn-before-losing|dashboard[\\/]set-text)\.ts$/

/** Styles that every page begins with, in one file. */
const STYLE = /[\\/]style[\\/](base|button|instrument)\.css$/

/** Styles come in the order in which parts of the program need each other; those that others are to override come first. */
const styleFirst = (): Plugin => ({
  name: 'style-first',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => {
      const [first] = /<link rel="stylesheet"[^>]*\/style-[^>]*>\s*/.exec(html) ?? []
      if (first === undefined) return html
      return html
        .replace(first, '')
        .replace('<link rel="stylesheet"', `${first}<link rel="stylesheet"`)
    },
  },
})

export default defineConfig({
  root: webDir,
  plugins: [styleFirst(), pageAddresses(), serviceWorker(), compressedFiles()],
  build: {
    outDir: fileURLToPath(new URL('dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: true,
    // The pages' content policy allows no script and no style that is not a file of ours.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: pages,
      // The kit in one piece, with all that it needs, and what shows a client in another: each cut costs what two halves could
      // share when they are compressed.
      output: {
        codeSplitting: {
          groups: [
            { name: 'kit', test: KIT },
            { name: 'instrument', test: INSTRUMENT },
            { name: 'style', test: STYLE, priority: 1 },
          ],
        },
      },
    },
  },
})
