/** `Content-Disposition: form-data` (RFC 7578 §4.2), whatever comes: read, or undefined; in linear time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMediaType } from '../../../packages/framework/src/http/media-type.ts'
import { parseFormDataHeader } from '../../../packages/framework/src/multipart/form-data-header.ts'
import { decideLimits } from '../../../packages/framework/src/multipart/limits.ts'
import { parsePartHead } from '../../../packages/framework/src/multipart/part-head.ts'
import { growth } from '../growth.ts'

const pieces = fc.constantFrom(
  'form-data',
  ';',
  ' ',
  '\t',
  'name',
  'filename',
  'filename*',
  '=',
  '"',
  '\\',
  '\\"',
  '%22',
  '%0d',
  '/',
  '..',
  'x',
  'é',
  '\0',
  '__proto__',
  "UTF-8''",
  '%c3',
)
const headers = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces, { maxLength: 60 }).map((parts) => `form-data; ${parts.join('')}`),
)

describe('Content-Disposition', () => {
  it('is read with a name that is not empty, or not at all', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const read = parseFormDataHeader(header)
        if (read === undefined) return
        expect(read.name).not.toBe('')
        expect(Object.keys(read)).toEqual(['name', 'filename'])
      }),
    )
  })

  it('is read back as a browser writes it (WHATWG HTML §4.10.22.8)', () => {
    const quoted = (value: string) => value.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
    // A backslash before a quote that is escaped, or at the end, is what other clients mean by one.
    const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/\\|%(22|0[ad])/i.test(text))
    fc.assert(
      fc.property(value, value, (name, filename) => {
        expect(parseFormDataHeader(`form-data; name="${quoted(name)}"; filename="${quoted(filename)}"`)).toEqual({
          name,
          filename,
        })
      }),
    )
  })

  it('gives no file name that is a path (B-04)', () => {
    const value = fc
      .array(fc.constantFrom('/', '\\', '..', '.', 'a', '\0', '%0A', ' '), { maxLength: 12 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(value, (filename) => {
        const octets = new TextEncoder().encode(
          `Content-Disposition: form-data; name=a; filename="${filename.replaceAll('\0', '')}"`,
        )
        // A backslash at the end leaves the quote open.
        if (/(^|[^\\])(\\\\)*\\$/.test(filename.replaceAll('\0', ''))) return
        const name = parsePartHead(octets, decideLimits({}, 1000)).filename
        expect(name).not.toMatch(/[/\\\x00-\x1f]|^\.{1,2}$/)
      }),
    )
  })

  it.each(['"', '\\', ';', ' ', '\t', 'a', ';a=', ';a="', '; name="x"', '\\"', '%22', 'é'])(
    'of nothing but %j is looked through in linear time, in the head of a part too',
    async (unit) => {
      const limits = decideLimits({ headSize: 1e9, nameSize: 1e9 }, 1e9)
      const run = (size: number) => {
        const text = unit.repeat(size / unit.length)
        const head = new TextEncoder().encode(`Content-Disposition: form-data; name="${text}\r\nA:${text}\u0001`)
        return () => {
          parseFormDataHeader(`form-data; name="${text}`)
          parseFormDataHeader(`form-data${text}`)
          expect(() => parsePartHead(head, limits)).toThrow()
        }
      }
      expect(await growth(run, 16 * 2 ** 10, 16)).toBeLessThan(120)
    },
  )
})

describe('Content-Type', () => {
  it.each(['"', '\\', ';', ' ', 'a', ';a=', ';a="', '/', ';charset=x'])(
    'of nothing but %j is looked through in linear time',
    async (unit) => {
      const run = (size: number) => {
        const text = `a/b${unit.repeat(size / unit.length)}`
        return () => parseMediaType(text)
      }
      expect(await growth(run, 16 * 2 ** 10, 16)).toBeLessThan(120)
    },
  )

  it('is read, or not at all; its parameters have no prototype worth the name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          headers,
          headers.map((header) => `a/b;${header}`),
        ),
        (header) => {
          const media = parseMediaType(header)
          if (media !== undefined)
            expect([media.type, media.parameters.constructor, media.parameters.toString]).toEqual([
              media.type.toLowerCase(),
              undefined,
              undefined,
            ])
        },
      ),
    )
    expect(parseMediaType('a/b; __proto__=c')?.parameters).not.toHaveProperty('x')
  })
})

it.each([
  ['form-data; name="\\"', { name: '\\', filename: undefined }],
  ['form-data; name="a\\"; filename="f"', { name: 'a\\', filename: 'f' }],
  ['form-data; name="a"; filename="C:\\"', { name: 'a', filename: 'C:\\' }],
  ['form-data; name="a\\"b"', { name: 'a"b', filename: undefined }],
])('a backslash before the last quote belongs to the name: %s', (value, expected) => {
  expect(parseFormDataHeader(value)).toEqual(expected)
})
