import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))

/** In a clone the package's entries are its sources; an app that installed it needs none of this. */
const entry = (path: string): string => fileURLToPath(new URL(`../kit/${path}`, import.meta.url))

export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^holdfast$/, replacement: entry('index.ts') },
      { find: /^holdfast\/y-websocket$/, replacement: entry('y-websocket/index.ts') },
    ],
  },
})
