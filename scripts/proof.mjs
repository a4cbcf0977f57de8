// docs/proof.md is written by the commands that it names: each replaces its own section, and no figure is typed by hand.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { root } from './stamp.mjs'

const PATH = join(root, 'docs', 'proof.md')

const begin = (name) => `<!-- begin ${name} -->`
const end = (name) => `<!-- end ${name} -->`

/** `text` with the section of `name` replaced, or put at the end if there is none yet. */
export function withSection(text, name, body) {
  const section = `${begin(name)}\n\n${body.trim()}\n\n${end(name)}`
  const from = text.indexOf(begin(name))
  const to = text.indexOf(end(name))
  if (from === -1 || to === -1) return `${text.trimEnd()}\n\n${section}\n`
  return text.slice(0, from) + section + text.slice(to + end(name).length)
}

/** What is recorded under `name`; empty where nothing is. */
export function readProof(name) {
  const text = existsSync(PATH) ? readFileSync(PATH, 'utf8') : ''
  const from = text.indexOf(begin(name))
  return from === -1 ? '' : text.slice(from, text.indexOf(end(name)))
}

function commit() {
  const git = (...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const isChanged = git('status', '--porcelain', '--', '.', ':!docs/proof.md') !== ''
    return git('rev-parse', '--short', 'HEAD') + (isChanged ? ' with changes' : '')
  } catch {
    return 'unknown'
  }
}

/** When, on what and of which code a figure was taken: a line for below a table. */
export function provenance() {
  const day = new Date().toISOString().slice(0, 10)
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${day}, commit ${commit()}, Node ${process.versions.node}, ${availableParallelism()} × ${processor}`
}

/**
 * Replaces the section `name` of docs/proof.md by `lines` (markdown) and the line that says when, where and of which code.
 */
export function writeProof(name, lines) {
  const text = existsSync(PATH) ? readFileSync(PATH, 'utf8') : ''
  writeFileSync(PATH, withSection(text, name, [...lines, '', `*${provenance()}*`].join('\n')))
}
