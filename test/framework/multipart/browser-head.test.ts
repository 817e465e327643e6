/** The quick look at a head must say what the grammar says, or leave it alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../packages/framework/src/http/http-error.ts'
import { readBrowserHead } from '../../../packages/framework/src/multipart/browser-head.ts'
import { decideLimits, type MultipartLimits } from '../../../packages/framework/src/multipart/limits.ts'
import { type PartHead, parsePartHead } from '../../../packages/framework/src/multipart/part-head.ts'
import { BOUNDARY, cut, form, later, part, readMultipart } from './multipart-body.ts'

const facts = ({ name, filename, type, charset, headers }: PartHead) => ({
  name,
  filename,
  type,
  charset,
  headers: { ...headers },
})

function byGrammar(lines: string, limits: MultipartLimits) {
  try {
    return facts(parsePartHead(new TextEncoder().encode(lines), decideLimits(limits, 1e6)))
  } catch (error) {
    return error instanceof HttpError ? error.status : error
  }
}

const field = (name: string) => `Content-Disposition: form-data; name="${name}"`
const file = (name: string, filename: string, type: string) =>
  `${field(name)}; filename="${filename}"\r\nContent-Type: ${type}`

/** Short texts of what means something in a head, and of what does not. */
const value = fc.string({
  unit: fc.constantFrom(...'ab/\\"%;=.: \t\x00\x7fé', '\r\n', '%22', '..', 'name='),
  maxLength: 6,
})
const head = fc.oneof(
  value.map(field),
  fc
    .tuple(value, value, fc.oneof(value, fc.constantFrom('text/plain', 'image/svg+xml', 'Text/Plain', 'a/b; c=d')))
    .map(([name, filename, type]) => file(name, filename, type)),
  fc.tuple(value, value).map(([name, more]) => `${field(name)}${more}`),
)

describe('a head as browsers write it', () => {
  it.each<[string, PartHead['filename'], string]>([
    [field('a'), undefined, 'text/plain'],
    [file('a', 'b.png', 'image/png'), 'b.png', 'image/png'],
    [file('a', '', 'application/octet-stream'), '', 'application/octet-stream'],
    [file('a', '../../b', 'text/plain'), 'b', 'text/plain'],
    [file('a', '..', 'text/plain'), '', 'text/plain'],
  ])('%j is read in one look', (lines, filename, type) => {
    const found = readBrowserHead(`\r\n${lines}\r\n\r\nrest`, 0, decideLimits({}, 1e6))
    expect(found?.head).toMatchObject({ name: 'a', filename, type })
    expect(found?.end).toBe(lines.length + 6)
    expect(facts(found?.head as PartHead)).toEqual(byGrammar(lines, {}))
  })

  it.each([
    field(''),
    field('é'),
    field('%22'),
    field('a\\"b'),
    field('a\tb'),
    `${field('a')}; x=y`,
    field('a').toLowerCase(),
    file('a', 'b', 'TEXT/HTML'),
  ])('%j is left to the grammar', (lines) => {
    expect(readBrowserHead(`\r\n${lines}\r\n\r\n`, 0, decideLimits({}, 1e6))).toBeUndefined()
  })

  it('never says anything else than the grammar does, within any limits', () => {
    const limits = fc.record({ headSize: fc.nat(150), headers: fc.nat(3), nameSize: fc.nat(6) })
    fc.assert(
      fc.property(head, limits, (text, some) => {
        const found = readBrowserHead(`\r\n${text}\r\n\r\n`, 0, decideLimits(some, 1e6))
        if (found === undefined) return
        // An empty line in the middle ends the head; the rest is content.
        const [lines = ''] = `${text}\r\n\r\n`.split('\r\n\r\n', 1)
        expect(lines.length).toBeLessThanOrEqual(some.headSize)
        expect(facts(found.head)).toEqual(byGrammar(lines, some))
      }),
      { numRuns: 3000 },
    )
  })

  it('is the same part whether it comes whole or byte by byte', async () => {
    const read = async (bytes: Uint8Array, length: number) => {
      const parts: unknown[] = []
      for await (const one of readMultipart(later(cut(bytes, [length])), BOUNDARY, decideLimits({}, 1e6)))
        parts.push({
          name: one.name,
          filename: one.filename,
          type: one.type,
          headers: { ...one.headers },
          text: await one.text(),
        })
      return parts
    }
    const some = fc.string({ unit: fc.constantFrom(...'abé€%"\r\n-', '\r\n--', BOUNDARY), maxLength: 8 })
    const name = fc.string({ unit: fc.constantFrom(...'abé '), minLength: 1, maxLength: 4 })
    const parts = fc.array(
      fc
        .record({ name, content: some, isFile: fc.boolean() })
        .map(({ name, content, isFile }) =>
          isFile
            ? part(`name="${name}"; filename="${name}"`, content, 'Content-Type: text/plain\r\n')
            : part(`name="${name}"`, content),
        ),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(parts, async (list) => {
        const bytes = form(...list)
        const outcome = (length: number) =>
          read(bytes, length).catch((error: unknown) => (error instanceof HttpError ? error.status : error))
        expect(await outcome(bytes.length)).toEqual(await outcome(1))
      }),
      { numRuns: 300 },
    )
  })
})
