export type LockEntry = {
  version: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
  dev?: true
  license: string | undefined
  optional: true
}

export function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'>
export function missingOptionalEntries(packages: object): [path: string, entry: LockEntry][]
