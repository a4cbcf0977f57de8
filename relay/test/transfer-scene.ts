import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import * as Y from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import { runExport } from '../export-command.ts'
import { runImport } from '../import-command.ts'
import { createRelay } from '../index.ts'
import type { Relay, RelayOptions } from '../index.ts'

/** On a busy machine a job's process alone takes seconds to start. */
export const PATIENT = { joinMs: 30_000, jobMs: 10_000 }

export const folder = (t: TestContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'transfer-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export type Running = { readonly relay: Relay; readonly url: string; readonly port: number }

export const relayOn = async (
  t: TestContext,
  dataDir: string,
  options: Partial<RelayOptions> = {},
): Promise<Running> => {
  const relay = createRelay({ dataDir, port: 0, tuning: PATIENT, ...options })
  t.after(() => relay.close({ withinMs: 200 }))
  return { relay, ...(await relay.listen()) }
}

/** Somebody writes in a room and leaves it. */
export const write = async (
  url: string,
  room: string,
  edit: (doc: Y.Doc) => void,
): Promise<Y.Doc> => {
  const doc = new Y.Doc()
  const opened = openRoom({ url, room, doc, user: 'ada', WebSocket: nodeWebSocket() })
  edit(doc)
  await opened.push('moved', { to: 3 })
  await opened.flush()
  await opened.close()
  return doc
}

/** What documents may hold: marks, nested types, links to other documents, and what was deleted of all of it. */
export const everything = (doc: Y.Doc): void => {
  const text = doc.getText('text')
  text.insert(0, 'Hello bold world 😀')
  text.format(6, 4, { bold: true })
  text.insertEmbed(3, { image: 'x' })
  text.delete(12, 4)
  const map = doc.getMap<unknown>('map')
  map.set('nested', new Y.Map([['n', 1]]))
  map.set('bytes', Uint8Array.of(1, 2, 3))
  map.set('gone', new Y.Map([['n', 1]]))
  map.delete('gone')
  const list = doc.getArray<unknown>('list')
  list.push([new Y.Doc({ guid: 'another-document', meta: { title: 'x' } }), 'second', null])
  list.delete(1)
  const paragraph = new Y.XmlElement('paragraph')
  doc.getXmlFragment('page').push([paragraph])
  paragraph.setAttribute('align', 'left')
  paragraph.push([new Y.XmlText('In a paragraph')])
}

/** All that an app can read in it. */
export const contentOf = (doc: Y.Doc): unknown => {
  const [linked, ...others] = doc.getArray<unknown>('list').toArray()
  const link =
    linked instanceof Y.Doc ? { guid: linked.guid, meta: linked.meta as unknown } : linked
  return {
    text: doc.getText('text').toDelta() as unknown,
    map: doc.getMap('map').toJSON(),
    list: [link, ...others],
    page: doc.getXmlFragment('page').toArray().map(String),
  }
}

export const docOf = (update: Uint8Array): Y.Doc => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return doc
}

export type Ran = { readonly code: number; readonly out: Buffer; readonly err: string }

export const exported = async (...argv: string[]): Promise<Ran> => {
  const [out, err]: [Uint8Array[], string[]] = [[], []]
  const code = await runExport(argv, {
    bytes: (bytes) => out.push(bytes),
    err: (line) => err.push(line),
  })
  return { code, out: Buffer.concat(out), err: err.join('\n') }
}

export const imported = async (...argv: string[]): Promise<Ran> => {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runImport(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  })
  return { code, out: Buffer.from(out.join('\n')), err: err.join('\n') }
}
