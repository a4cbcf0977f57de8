import type { TestContext } from 'node:test'

/** C7: ends by the dozen within a minute drive the back-off to its cap of 30 s. Small draws keep clients lively, until the test ends. */
export const shortenBackOff = (t: TestContext): void => {
  const { random } = Math
  t.mock.method(Math, 'random', () => random() / 100)
}
