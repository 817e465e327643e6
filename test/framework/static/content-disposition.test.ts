import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attachment } from '../../../packages/framework/src/static/content-disposition.ts'

describe('Content-Disposition (RFC 6266)', () => {
  it.each([
    ['report.pdf', 'attachment; filename="report.pdf"'],
    ['my report.pdf', 'attachment; filename="my report.pdf"'],
    ['毕业.pdf', `attachment; filename="__.pdf"; filename*=UTF-8''%E6%AF%95%E4%B8%9A.pdf`],
    ['€ rates', `attachment; filename="_ rates"; filename*=UTF-8''%E2%82%AC%20rates`],
    ['a"b.txt', `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt`],
    ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
    ["é'(1)*.txt", `attachment; filename="_'(1)*.txt"; filename*=UTF-8''%C3%A9%27%281%29%2A.txt`],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['C:\\dir\\a.txt', 'attachment; filename="a.txt"'],
    ['a\r\nSet-Cookie: x=1.txt', 'attachment; filename="aSet-Cookie: x=1.txt"'],
    ['', 'attachment'],
    ['dir/', 'attachment'],
  ])('%j', (name, header) => {
    expect(attachment(name)).toBe(header)
  })

  it('is always one printable line that says the name exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const header = attachment(name)
        expect(header).toMatch(
          /^attachment(?:; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]+"(?:; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?)?$/,
        )
        const extended = /''(.*)$/.exec(header)?.[1] ?? /"(.*)"/.exec(header)?.[1] ?? ''
        const exact = name
          .toWellFormed()
          .replace(/^.*[/\\]/s, '')
          .replace(/[\x00-\x1f\x7f-\x9f]/g, '')
        expect(header.includes("''") ? decodeURIComponent(extended) : extended).toBe(exact)
      }),
    )
  })

  it.each(['/', '\\', 'a', '"', '%', 'é', '\ud800', '\r'])('takes time in proportion to 1 MiB of %j', (part) => {
    // A quadratic writer would be at this until the test's time is over.
    expect(attachment(part.repeat(2 ** 20))).toMatch(/^attachment/)
  })
})
