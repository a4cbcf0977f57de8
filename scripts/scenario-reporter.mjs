// A reporter of node:test: for each scenario, a test whose title begins with P and a number, its title, verdict, time and what it said, as
// lines of JSON. What a test says is reported behind its verdict.

// Node asks a reporter for its default export.
// eslint-disable-next-line import/no-default-export
export default async function* reporter(events) {
  let current
  for await (const { type, data } of events) {
    const isVerdict = type === 'test:pass' || type === 'test:fail'
    if (isVerdict && current !== undefined) yield `${JSON.stringify(current)}\n`
    if (isVerdict) {
      const isLeftOut = data.skip !== undefined || data.todo !== undefined
      const isScenario = /^P\d+, /.test(data.name) && !isLeftOut
      const { duration_ms: ms } = data.details
      current = isScenario
        ? { title: data.name, isOk: type === 'test:pass', ms, said: [] }
        : undefined
    }
    if (type === 'test:diagnostic') current?.said.push(data.message)
  }
  if (current !== undefined) yield `${JSON.stringify(current)}\n`
}
