import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright/test'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** axe-core as text: the pages' content policy lets no foreign script in, but evaluating is the browser's own affair. */
const axeSource = (): string =>
  readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

type AxeWindow = {
  readonly axe: {
    run: (context: Document | string) => Promise<{
      readonly violations: readonly {
        readonly id: string
        readonly impact?: string | null
        readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
      }[]
    }>
  }
}

/** What axe-core finds serious or critical in a page and its frames, or in a part of it, each with the first place. */
export const seriousProblems = async (
  page: Page,
  selector?: string,
): Promise<readonly string[]> => {
  const source = axeSource()
  for (const frame of page.frames()) await frame.evaluate(source)
  return page.evaluate(async (within) => {
    const { axe } = window as unknown as AxeWindow
    const { violations } = await axe.run(within ?? document)
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`)
  }, selector)
}
