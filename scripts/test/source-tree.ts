import { existsSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseSync } from 'vite'
import { filesUnder, root } from '../stamp.mjs'

/** The rooms of the project; one that is not there yet has no files. */
export const ROOMS = [
  'protocol',
  'kit',
  'relay',
  'web',
  'sim',
  'bench',
  'examples',
  'e2e',
  'scripts',
] as const
export type Room = (typeof ROOMS)[number]

export type Import = {
  /** As written: `./codec.ts`, `yjs`, `node:fs`. */
  readonly specifier: string
  /** Erased when it runs. */
  readonly isType: boolean
}

export type Node = { readonly type: string; readonly [key: string]: unknown }

/** A path relative to the project, with `/` on every system. */
const relativePath = (file: string): string => relative(root, file).split(sep).join('/')

/** The packages that bench/ has of its own. */
const isForeign = (path: string): boolean => /(^|[/\\])node_modules[/\\]/.test(path)

/** All files of all rooms that end in one of `endings`, as paths relative to the project. */
export const sourceFiles = (...endings: readonly string[]): string[] =>
  ROOMS.map((room) => join(root, room))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => filesUnder(folder, isForeign))
    .map((file) => relativePath(file))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))

export const readSource = (path: string): string => readFileSync(join(root, path), 'utf8')

export const isTest = (path: string): boolean =>
  /(^|\/)test\//.test(path) || /\.(test|spec)\.ts$/.test(path)

const parse = (path: string, text: string): ReturnType<typeof parseSync> => {
  const parsed = parseSync(path, text)
  const [error] = parsed.errors
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)
  return parsed
}

/** Every import, re-export and `import('…')` of a source text. */
export const importsOf = (path: string, text: string): Import[] => {
  const { staticImports, staticExports, dynamicImports } = parse(path, text).module
  const imports: Import[] = staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    isType: entries.length > 0 && entries.every((entry) => entry.isType),
  }))
  for (const { entries } of staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest !== null) imports.push({ specifier: moduleRequest.value, isType })
    }
  }
  for (const { moduleRequest } of dynamicImports) {
    const written = text.slice(moduleRequest.start, moduleRequest.end)
    const [, specifier] = /^['"]([^'"]+)['"]$/.exec(written) ?? []
    if (specifier !== undefined) imports.push({ specifier, isType: false })
  }
  return imports
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value

/** Every node of a source text's syntax tree. */
export function* nodesOf(path: string, text: string): Generator<Node> {
  const pending: unknown[] = [parse(path, text).program]
  while (pending.length > 0) {
    const value = pending.pop()
    if (Array.isArray(value)) pending.push(...value)
    if (!isNode(value)) continue
    yield value
    pending.push(...Object.values(value))
  }
}

/** Every string in a source text; of a template its part before the first `${`. */
export const stringsOf = (path: string, text: string): string[] => {
  const strings: string[] = []
  for (const node of nodesOf(path, text)) {
    if (node.type === 'Literal' && typeof node['value'] === 'string') strings.push(node['value'])
    if (node.type !== 'TemplateLiteral') continue
    const [first] = node['quasis'] as { value: { cooked: string | null } }[]
    if (typeof first?.value.cooked === 'string') strings.push(first.value.cooked)
  }
  return strings
}
