/**
 * Multipart bodies as they come over the wire: what browsers send, what nobody should, cut anywhere, and far too much.
 * Ordered by RFC 2046 §5.1, RFC 7578 §4, then limits.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../packages/framework/src/http/http-error.ts'
import { decideLimits, type MultipartLimits } from '../../../packages/framework/src/multipart/limits.ts'
import { BOUNDARY, cut, form, later, part, readMultipart } from './multipart-body.ts'

interface Read {
  name: string
  filename: string | undefined
  type: string
  content: string
}

async function read(
  octets: Uint8Array,
  {
    limits = {},
    lengths = [octets.length],
    boundary = BOUNDARY,
  }: { limits?: MultipartLimits; lengths?: number[]; boundary?: string } = {},
): Promise<Read[]> {
  const parts: Read[] = []
  const decided = decideLimits(limits, 2 ** 30)
  for await (const each of readMultipart(later(cut(octets, lengths)), boundary, decided)) {
    const { name, filename, type } = each
    parts.push({ name, filename, type, content: new TextDecoder('latin1').decode(await each.bytes()) })
  }
  return parts
}

const statusOf = (octets: Uint8Array, limits: MultipartLimits = {}) =>
  read(octets, { limits }).then(
    () => 200,
    (error: unknown) => (error instanceof HttpError ? error.status : error),
  )

async function textOf(octets: Uint8Array): Promise<string | number | undefined> {
  try {
    for await (const part of readMultipart(later([octets]), BOUNDARY, decideLimits({}, 2 ** 30)))
      return await part.text()
  } catch (error) {
    if (error instanceof HttpError) return error.status
    throw error
  }
  return undefined
}

const disposition = (name: string) => `Content-Disposition: form-data; name="${name}"`

const text = (value: string) => new TextEncoder().encode(value)

describe('a multipart body (RFC 2046 §5.1)', () => {
  it('has fields and files, in their order', async () => {
    const octets = form(
      part('name="title"', 'Hello'),
      part('name="doc"; filename="a b.txt"', 'one\r\ntwo', 'Content-Type: Text/Plain; charset=latin1\r\n'),
      part('name="title"', ''),
    )
    expect(await read(octets)).toEqual([
      { name: 'title', filename: undefined, type: 'text/plain', content: 'Hello' },
      { name: 'doc', filename: 'a b.txt', type: 'text/plain', content: 'one\r\ntwo' },
      { name: 'title', filename: undefined, type: 'text/plain', content: '' },
    ])
  })

  it.each<[string, string]>([
    [
      'a preamble and an epilogue (§5.1.1)',
      `preamble\r\n--${BOUNDARY}x is no line of ours? no:\r\n`.replace(`--${BOUNDARY}x`, '--other') +
        part('name="x"') +
        `--${BOUNDARY}--\r\nepilogue\r\n--${BOUNDARY}\r\n`,
    ],
    [
      'blanks behind a boundary (§5.1.1)',
      `${part('name="x"').replace(`--${BOUNDARY}\r\n`, `--${BOUNDARY} \t \r\n`)}--${BOUNDARY}-- `,
    ],
    ['no line end at the end', `${part('name="x"')}--${BOUNDARY}--`],
  ])('may have %s', async (_, body) => {
    expect(await read(text(body))).toEqual([{ name: 'x', filename: undefined, type: 'text/plain', content: 'x' }])
  })

  it.each<[string, string[], string[]]>([
    ['the first', ['a', 'b', 'c'], ['', 'x', 'x']],
    ['one in the middle', ['b', 'a', 'c'], ['x', '', 'x']],
    ['the last', ['b', 'c', 'a'], ['x', 'x', '']],
    ['all of them', ['a', 'a', 'a'], ['', '', '']],
  ])('may have parts that are headers only (§5.1.1, body-part): %s', async (_, names, contents) => {
    const parts = names.map((name) =>
      name === 'a' ? `--${BOUNDARY}\r\n${disposition(name)}\r\n\r\n` : part(`name="${name}"`),
    )
    const body = form(...parts)
    for (const lengths of [[body.length], [1], [3], [7]]) {
      const seen = await read(body, { lengths })
      expect(seen.map(({ name }) => name)).toEqual(names)
      expect(seen.map(({ content }) => content)).toEqual(contents)
    }
  })

  it('keeps a content that begins nearly like its delimiter', async () => {
    for (const content of ['--', `--${BOUNDARY.slice(0, -1)}`, `-${BOUNDARY}`, `--${BOUNDARY.slice(0, -1)}\r\n`]) {
      const body = form(part('name="x"', content), part('name="y"'))
      for (const lengths of [[body.length], [1]]) expect((await read(body, { lengths }))[0]?.content).toBe(content)
    }
  })

  it('may have no parts at all', async () => {
    expect(await read(form())).toEqual([])
  })

  it('keeps contents that are nearly a delimiter', async () => {
    const near = `\r\n-\r\n--\r\n--b0undar\r\r\n--b0undar\n--${BOUNDARY}\r--${BOUNDARY}\r\r\n`
    expect((await read(form(part('name="x"', near))))[0]?.content).toBe(near)
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['text without a boundary', 'hello'],
    ['a part without an end', `--${BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\nabc`],
    ['an end in the head', `--${BOUNDARY}\r\nContent-Disposition: form-data; na`],
    ['an end behind a boundary', `--${BOUNDARY}`],
    ['an end with one hyphen', `${part('name="x"')}--${BOUNDARY}-`],
    ['a line that begins like its boundary', `${part('name="x"', `a\r\n--${BOUNDARY}X`)}--${BOUNDARY}--`],
    [
      'a boundary line that ends with LF',
      `${part('name="x"').replace(`--${BOUNDARY}\r\n`, `--${BOUNDARY}\n`)}--${BOUNDARY}--`,
    ],
    [
      'endless blanks behind a boundary',
      `${part('name="x"').replace(`--${BOUNDARY}`, `--${BOUNDARY}${' '.repeat(1000)}`)}--${BOUNDARY}--`,
    ],
  ])('that is %s is answered 400', async (_, body) => {
    expect(await statusOf(text(body))).toBe(400)
  })

  it('reads the same however it is cut', async () => {
    const octets = form(
      part('name="a"', 'x\r\n--b0undar'),
      part('name="b"; filename=""', '', 'Content-Type: a/b\r\n'),
      part('name="c"', '\r'),
    )
    const whole = await read(octets)
    expect(whole.map(({ content }) => content)).toEqual(['x\r\n--b0undar', '', '\r'])
    for (let first = 1; first < octets.length; first++) {
      expect(await read(octets, { lengths: [first, octets.length] })).toEqual(whole)
    }
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lengths, async (pieces) => {
        expect(await read(octets, { lengths: pieces })).toEqual(whole)
      }),
    )
  })
})

describe('the head of a part (RFC 7578 §4)', () => {
  const headed = (head: string) => text(`--${BOUNDARY}\r\n${head}\r\n\r\nx\r\n--${BOUNDARY}--\r\n`)

  it.each<[string, string, string | undefined]>([
    ['name=bare', 'bare', undefined],
    ['name="ñ \u{1f600}"', 'ñ \u{1f600}', undefined],
    ['name="a;b=c"', 'a;b=c', undefined],
    ['name="a%22b%0D%0Ac%41"', 'a"b\r\nc%41', undefined],
    ['name="a\\"b\\\\c\\d"', 'a"b\\c\\d', undefined],
    ['NAME="x";filename="y"', 'x', 'y'],
    ['name="x"; filename=""', 'x', ''],
    ['name="x"; filename="../../etc/passwd"', 'x', 'passwd'],
    ['name="x"; filename="C:\\dir\\a.txt"', 'x', 'a.txt'],
    ['name="x"; filename=".."', 'x', ''],
    ['name="x"; filename="a/"', 'x', ''],
    ['name="x"; filename="a%0Ab"', 'x', 'ab'],
    ['name="x"; filename="y"; filename*=UTF-8\'\'z', 'x', 'y'],
    ['name="x"; filename*=utf-8\'de\'%C3%BC%20b.txt', 'x', 'ü b.txt'],
    ['name="x"; filename*=ISO-8859-1\'\'%FC.txt', 'x', 'ü.txt'],
    ['name="x"; filename*=UTF-8\'\'..%2F..%2Fpasswd', 'x', 'passwd'],
    ['name="x";; filename="y"; ;', 'x', 'y'],
    ['name="__proto__"', '__proto__', undefined],
  ])('with %s has the name %j and the file name %j', async (disposition, name, filename) => {
    const [only] = await read(form(part(disposition)))
    expect([only?.name, only?.filename]).toEqual([name, filename])
  })

  it.each<[string, string]>([
    ['without Content-Disposition', 'Content-Type: text/plain'],
    ['without a line', ''],
    ['without a name', 'Content-Disposition: form-data'],
    ['with an empty name (CVE-2025-48997)', 'Content-Disposition: form-data; name=""'],
    ['with two names', 'Content-Disposition: form-data; name="a"; name="b"'],
    ['with two file names', 'Content-Disposition: form-data; name="a"; filename="b"; FileName="c"'],
    ['that is no form-data', 'Content-Disposition: attachment; name="a"'],
    ['with a file name that is not UTF-8', "Content-Disposition: form-data; name=a; filename*=UTF-8''%FF"],
    ['with a file name in an unknown charset', "Content-Disposition: form-data; name=a; filename*=KOI8-R''x"],
    ['with half an escape in the file name', "Content-Disposition: form-data; name=a; filename*=UTF-8''%4"],
    ['with a quote that is never closed', 'Content-Disposition: form-data; name="a'],
    ['with something behind a quote', 'Content-Disposition: form-data; name="a"b; filename="c"'],
    [
      'with the same header twice',
      'Content-Disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="b"',
    ],
    ['with a line without a colon', 'Content-Disposition: form-data; name="a"\r\nhello'],
    ['with a blank before the colon', 'Content-Disposition : form-data; name="a"'],
    ['that begins with a folded line', ' X: y\r\nContent-Disposition: form-data; name="a"'],
    ['with a bare LF', 'Content-Disposition: form-data; name="a"\nX: y'],
    ['with NUL', 'Content-Disposition: form-data; name="a\0"'],
    ['with a Content-Type that is none', 'Content-Disposition: form-data; name="a"\r\nContent-Type: text'],
    ['in base64', 'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64'],
  ])('%s is answered 400', async (_, head) => {
    expect(await statusOf(headed(head))).toBe(400)
  })

  it('that is not UTF-8 is answered 400', async () => {
    const octets = form(part('name="é"'))
    octets[octets.indexOf(0xc3) + 1] = 0x20
    expect(await statusOf(octets)).toBe(400)
  })

  it('may be folded, as in all of MIME (RFC 2045 §2)', async () => {
    const [only] = await read(headed('Content-Disposition: form-data;\r\n\tname="a";\r\n filename="b"'))
    expect([only?.name, only?.filename]).toEqual(['a', 'b'])
  })

  it.each<[string, readonly number[], string]>([
    ['ISO-8859-1', [0xe9], 'é'],
    ['us-ascii', [0x65], 'e'],
    ['"gbk"', [0xd6, 0xd0], '中'],
    ['utf-8', [0xc3, 0xa9], 'é'],
  ])('of a field may say that it is in %s (RFC 7578 §4.4)', async (charset, octets, content) => {
    const whole = form(part('name="a"', '\0'.repeat(octets.length), `Content-Type: text/plain; charset=${charset}\r\n`))
    whole.set(octets, whole.indexOf(0))
    expect(await textOf(whole)).toBe(content)
  })

  it('of a field in a charset that nobody knows is answered 415, and one that is not in its charset 400', async () => {
    expect(await textOf(form(part('name="a"', 'x', 'Content-Type: text/plain; charset=foo\r\n')))).toBe(415)
    expect(await textOf(form(part('name="a"', '\u007f\u0080', 'Content-Type: text/plain; charset=utf-16\r\n')))).toBe(
      400,
    )
  })
})

describe('limits', () => {
  const many = (count: number) => form(...Array.from({ length: count }, () => part('name="a"')))

  it.each<[string, Uint8Array, MultipartLimits, MultipartLimits]>([
    [
      'total',
      form(part('name="a"')),
      { total: form(part('name="a"')).length },
      { total: form(part('name="a"')).length - 1 },
    ],
    ['parts', many(3), { parts: 3 }, { parts: 2 }],
    [
      'files',
      form(part('name="a"; filename="b"'), part('name="a"'), part('name="a"; filename="b"')),
      { files: 2 },
      { files: 1 },
    ],
    ['fileSize', form(part('name="a"; filename="b"', '12345')), { fileSize: 5 }, { fileSize: 4 }],
    ['fieldsSize', form(part('name="a"', '123'), part('name="b"', '45')), { fieldsSize: 5 }, { fieldsSize: 4 }],
    ['headSize', form(part('name="a"')), { headSize: 40 }, { headSize: 39 - 1 }],
    ['headers', form(part('name="a"', 'x', 'A: b\r\n')), { headers: 2 }, { headers: 1 }],
    ['nameSize', form(part('name="éé"')), { nameSize: 4 }, { nameSize: 3 }],
    ['nameSize of a file', form(part('name="a"; filename="1234"')), { nameSize: 4 }, { nameSize: 3 }],
  ])('%s: up to it is taken, beyond it is 413', async (_, octets, enough, less) => {
    expect([await statusOf(octets, enough), await statusOf(octets, less)]).toEqual([200, 413])
  })

  it.each<[string, Uint8Array]>([
    ['1001 parts', many(1001)],
    ['101 files', form(...Array.from({ length: 101 }, () => part('name="a"; filename="b"')))],
    ['a head of 8 KiB and more', form(part('name="a"', 'x', `A: ${'b'.repeat(8192)}\r\n`))],
    ['17 headers', form(part('name="a"', 'x', Array.from({ length: 16 }, (_, i) => `A${i}: b\r\n`).join('')))],
    ['a name of more than 1 KiB', form(part(`name="${'a'.repeat(1025)}"`))],
    ['a field of more than 1 MiB', form(part('name="a"', 'x'.repeat(2 ** 20 + 1)))],
  ])('by default refuse %s with 413 (B-01)', async (_, octets) => {
    expect(await statusOf(octets)).toBe(413)
  })

  it('stop the reading where they are passed, not at the end (CVE-2026-34517)', async () => {
    let pulled = 0
    async function* endless() {
      yield text(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n`)
      for (; ; pulled++) yield new Uint8Array(1000)
    }
    const reading = async () => {
      for await (const each of readMultipart(endless(), BOUNDARY, decideLimits({ fileSize: 10_000 }, 2 ** 30)))
        await each.bytes()
    }
    await expect(reading()).rejects.toMatchObject({ status: 413 })
    expect(pulled).toBeLessThan(12)
  })

  it('count what comes behind the last part, and it is read: a body that is cut there is not whole', async () => {
    const octets = new Uint8Array([...form(part('name="a"')), ...text('epilogue')])
    const lengths = [octets.length - 8, 8]
    expect(await read(octets, { lengths, limits: { total: octets.length } })).toHaveLength(1)
    await expect(read(octets, { lengths, limits: { total: octets.length - 1 } })).rejects.toMatchObject({ status: 413 })
  })

  it('that are no numbers are a mistake of the developer', () => {
    expect(() => decideLimits({ parts: Number.NaN }, 1)).toThrow(/parts is NaN/)
    expect(() => decideLimits({ total: -1 }, 1)).toThrow(RangeError)
  })
})

describe('a part', () => {
  const two = form(part('name="a"; filename="f"', '12345'), part('name="b"', 'b'))
  const parts = () => readMultipart(later(cut(two, [7])), BOUNDARY, decideLimits({}, 2 ** 20))

  it('that nobody reads, or not to its end, is skipped', async () => {
    const names: string[] = []
    for await (const each of parts()) {
      names.push(each.name)
      for await (const _ of each) break
    }
    expect(names).toEqual(['a', 'b'])
  })

  it('is read once, and only while it is there', async () => {
    const kept = []
    for await (const each of parts()) {
      kept.push(each)
      if (each.name === 'a') {
        expect(await each.text()).toBe('12345')
        await expect(each.bytes()).rejects.toThrow(/was read before/)
      }
    }
    await expect(kept[1]?.text()).rejects.toThrow(/is over/)
  })

  it('that is not UTF-8 has no text: 400', async () => {
    const octets = form(part('name="a"', 'é'))
    octets[octets.indexOf(0xc3)] = 0xff
    for await (const each of readMultipart(later([octets]), BOUNDARY, decideLimits({}, 1000))) {
      await expect(each.text()).rejects.toMatchObject({ status: 400 })
    }
  })

  it('ends the source when nobody wants more', async () => {
    let ended = 0
    async function* source() {
      try {
        yield two
      } finally {
        ended++
      }
    }
    for await (const _ of readMultipart(source(), BOUNDARY, decideLimits({}, 1000))) break
    expect(ended).toBe(1)
  })
})

describe('against the platform', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((each) => each.toWellFormed().replaceAll('\0', ''))
  const fields = fc.array(
    fc.tuple(
      // Two backslashes of a browser look like the pair that others write for one.
      name.filter((each) => each !== '' && !each.includes('\\\\')),
      fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 })),
    ),
    { maxLength: 6 },
  )

  it('reads what FormData is written as by fetch', async () => {
    await fc.assert(
      fc.asyncProperty(fields, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), async (pairs, lengths) => {
        const data = new FormData()
        for (const [key, value] of pairs)
          data.append(key, typeof value === 'string' ? value : new File([new Uint8Array(value)], 'f'))
        const sent = new Response(data)
        const boundary = /boundary=(.+)$/.exec(sent.headers.get('content-type') ?? '')?.[1] ?? ''
        const got = await read(await sent.bytes(), { lengths, boundary })
        const lines = (each: string) => each.replace(/\r\n|\r|\n/g, '\r\n')
        expect(got.map((each) => [each.name, each.filename === undefined, each.content])).toEqual(
          pairs.map(([key, value]) => {
            if (typeof value !== 'string') return [lines(key), false, new TextDecoder('latin1').decode(value)]
            return [lines(key), true, new TextDecoder('latin1').decode(text(lines(value.toWellFormed())))]
          }),
        )
      }),
    )
  })
})

describe('anything at all', () => {
  const tokens = fc.constantFrom(
    `--${BOUNDARY}`,
    '--',
    '\r\n',
    '\r',
    '\n',
    '-',
    ' ',
    '\0',
    'Content-Disposition: form-data; ',
    'name="a"',
    'filename="b"',
    'Content-Type: ',
    ';',
    '"',
    '\\',
    ':',
    '\xff',
    'x',
  )
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(tokens, { maxLength: 60 }).map((parts) => Uint8Array.from(parts.join(''), (each) => each.charCodeAt(0))),
    fc.array(tokens, { maxLength: 30 }).map((parts) => form(part('name="a"', parts.join('')))),
    fc.array(tokens, { maxLength: 30 }).map((parts) => form(part(parts.join('')))),
  )

  it('is read, or refused with a 4xx', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), async (octets, lengths) => {
        const status = await read(octets, { lengths }).then(
          () => 200,
          (error: unknown) => (error instanceof HttpError ? error.status : error),
        )
        expect([200, 400, 413, 415]).toContain(status)
      }),
      { numRuns: 1000 },
    )
  })
})
