/**
 * The words of docs/glossary.md are the words of the code and the docs, and a number says its unit. There is
 * no list of exceptions.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBannedWords, findConstantsWithoutUnit } from './words.ts'

const root = join(import.meta.dirname, '../..')

const exclude = (path: string): boolean => /node_modules|(^|\/)dist$|__pycache__|^docs\/(?:api|site)/.test(path)
const sources = globSync(['packages/*/src/**/*.ts', 'packages/*/bin/*'], { cwd: root, exclude }).sort()
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/**/*.md'], { cwd: root, exclude })
  .filter((page) => page !== 'docs/glossary.md')
  .sort()
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

it('no banned word stands in a source or a page', () => {
  const found = [...sources, ...pages].flatMap((path) =>
    findBannedWords(read(path)).map(({ line, what }) => `${path}:${line} says "${what}"`),
  )
  expect(found).toEqual([])
})

it('no time and no size is without its unit', () => {
  const found = sources.flatMap((path) =>
    findConstantsWithoutUnit(read(path)).map(({ line, what }) => `${path}:${line} ${what}`),
  )
  expect(found).toEqual([])
})

describe('the checks', () => {
  it.each([
    'Nobody asks.',
    'It is told so.',
    'the door of it',
    'an octet',
    '64 Octets',
    'mended',
    'there are none',
    'in vain',
  ])('find "%s"', (text) => expect(findBannedWords(`a\n${text}\n`)).toEqual([{ line: 2, what: expect.any(String) }]))

  it.each([
    'application/octet-stream',
    'amend the outdoor pages',
    'body-part := *OCTET',
    'kind and skin',
    'a recommendation',
  ])('accept "%s"', (text) => expect(findBannedWords(text)).toEqual([]))

  it.each([
    'const RETRY_DELAY = 500',
    'export const INLINE_LIMIT = 64 * 1024',
    'const SMALL = 4 * 1024 // of a page',
    'const WINDOW: number = 1 << 20',
    'const MOST_FIELDS = 1000',
    'const LEAST_SLOTS = 256',
    'const TIME = 2_000',
  ])('find %s', (text) => expect(findConstantsWithoutUnit(text)).toHaveLength(1))

  it.each([
    'const RETRY_DELAY_MS = 500',
    'export const MAX_INLINE_BYTES = 64 * 1024',
    'const MAX_FIELDS = 1024',
    'const SPACE = 0x20',
    'const DEFAULT_PORT = 8000',
    'const NAME = "delay"',
  ])('accept %s', (text) => expect(findConstantsWithoutUnit(text)).toEqual([]))
})
