import { defineConfig } from 'playwright/test'
import { findBrowser } from './scripts/find-browser.mjs'

const { executablePath, args } = await findBrowser()

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  // Two cores: a second worker would make the relays and browsers of the tests wait for each other.
  workers: 1,
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
