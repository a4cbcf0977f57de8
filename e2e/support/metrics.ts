/** The figures of a relay's `/metrics` by their names, labels included. */
export const metricsOf = async (url: string): Promise<ReadonlyMap<string, number>> => {
  const page = await (await fetch(`${url}/metrics`)).text()
  const lines = page.matchAll(/^(holdfast_\S+) ([\d.e+-]+)$/gm)
  return new Map(Array.from(lines, ([, name = '', value]) => [name, Number(value)] as const))
}
