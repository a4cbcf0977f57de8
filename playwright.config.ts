import { defineConfig } from 'playwright/test'
import { findBrowser } from './scripts/find-browser.mjs'

const { executablePath, args } = await findBrowser()

const LONG_SPECS = ['comparison.spec.ts']

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  // Minutes each: `npm run test:long`.
  testIgnore: process.env['HOLDFAST_LONG'] === undefined ? LONG_SPECS : [],
  outputDir: 'test-results',
  // Each test has relays and browsers of its own: with more at a time than cores they make each other wait, and some of
  // them say how long something may take.
  workers: process.env['CI'] === undefined ? 2 : 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    launchOptions: { executablePath, args },
    // Without a film of every page: on two cores that costs more than the tests.
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
})
