import { element } from '../element.ts'
import { BUG_REPORT_CONTENTS, bugReport } from './bug-report.ts'
import type { BugReportFacts } from './bug-report.ts'

/** Takes everything that helps to find a fault away as a file, and says before what is in it. */
export const createBugReportButton = (facts: () => BugReportFacts): HTMLElement => {
  const button = element('button', {
    class: 'button',
    text: 'Save a bug report',
    attributes: { type: 'button', 'aria-describedby': 'bug-report-contents' },
  })
  button.addEventListener('click', () => download(facts()))
  return element('div', { class: 'bug-report' }, [
    button,
    element('p', {
      class: 'dash-note',
      text: BUG_REPORT_CONTENTS,
      attributes: { id: 'bug-report-contents' },
    }),
  ])
}

const download = (facts: BugReportFacts): void => {
  const text = `${JSON.stringify(bugReport(facts), null, 2)}\n`
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const at = new Date(facts.nowMs).toISOString().slice(0, 19).replaceAll(':', '')
  const name = `holdfast-${facts.room.replaceAll(/[^\w.-]/g, '_')}-${at}.json`
  element('a', { attributes: { href: url, download: name } }).click()
  URL.revokeObjectURL(url)
}
