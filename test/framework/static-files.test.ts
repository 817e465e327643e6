import { execFile } from 'node:child_process'
import { chmodSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Application as ContractApplication, validate } from '@tsgi/contract'
import { call, ResponseCutError } from '@tsgi/contract/testing'
import { Application, staticFiles } from '@tsgi/framework'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fetch, fetchFrom, makeFifo, makeTree, removeTree, staticEnviron } from './static/site-fixture.ts'

const BIG = 8 * 1024 * 1024
// "毕业" in GBK: no valid UTF-8.
const GBK_PAGE = Buffer.concat([Buffer.from('<h1>'), Buffer.from([0xb1, 0xcf, 0xd2, 0xb5]), Buffer.from('</h1>')])

let base = ''
let root = ''
let socket: Server
let get: Fetch

beforeAll(async () => {
  base = makeTree({
    'static/index.html': '<h1>Home</h1>',
    'static/hello.txt': 'Hello, static files!',
    'static/empty.txt': '',
    'static/biye.html': GBK_PAGE,
    'static/big.bin': Buffer.alloc(BIG, 'big'),
    'static/docs/index.html': '<h1>Docs</h1>',
    'static/docs/guide.txt': 'guide',
    'static/bare/a.txt': 'a',
    'static/bare/sub/b.txt': 'b',
    'static/bare/<b>&"\'.txt': 'escaped',
    'static/bare/.hidden': 'hidden',
    'static/bare/link-out': 'LINK ../../outside/secret.txt',
    'static/bare/link-in': 'LINK ../docs',
    'static/毕业 照.txt': 'photo',
    'static/a%2fb.txt': 'percent',
    'static/.env': 'SECRET',
    'static/.git/config': 'SECRET',
    'static/.well-known/security.txt': 'Contact: here',
    'static/link-in.txt': 'LINK hello.txt',
    'static/link-out.txt': 'LINK ../outside/secret.txt',
    'static/link-missing.txt': 'LINK ../outside/missing.txt',
    'static/dir-out': 'LINK ../outside',
    'static/dir-sibling': 'LINK ../static-secret',
    'static/loop': 'LINK loop',
    'static-secret/secret.txt': 'SECRET',
    'outside/secret.txt': 'SECRET',
    'outside/sub/secret.txt': 'SECRET',
    'second/hello.txt': 'the second hello',
    'second/only.txt': 'only in the second',
    'second/bare/index.html': 'the second index',
    'second/bare/z.txt': 'z',
    'coded/app.js': 'the original',
    'coded/app.js.br': 'in brotli',
    'coded/app.js.zst': 'in zstandard',
    'coded/app.js.gz': 'in gzip',
    'coded/old.css': 'new text',
    'coded/old.css.gz': 'old text',
    'coded/plain.txt': 'no variant',
    'coded/dir.txt': 'a folder is no variant',
    'coded/dir.txt.br/x': '',
    'coded/index.html': 'index',
    'coded/index.html.gz': 'index in gzip',
  })
  root = join(base, 'static')
  makeFifo(join(root, 'fifo'))
  socket = createServer().listen(join(root, 'socket'))
  const long = new Date('2020-01-01T00:00:00Z')
  utimesSync(join(base, 'coded/old.css.gz'), long, long)
  get = fetchFrom(staticFiles(root))
})

afterAll(() => {
  socket.close()
  removeTree(base)
})

describe('a file', () => {
  it('comes with its type, length, validators, and no sniffing (S-12, S-15)', async () => {
    const response = await get('/static/hello.txt')
    expect(response.statusLine).toBe('200 OK')
    expect(response.text).toBe('Hello, static files!')
    expect(response.header('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(response.header('Content-Length')).toBe('20')
    expect(response.header('X-Content-Type-Options')).toBe('nosniff')
    expect(response.header('Accept-Ranges')).toBe('bytes')
    expect(response.header('Cache-Control')).toBe('no-cache')
    expect(response.header('ETag')).toMatch(/^"14-[0-9a-f]+"$/)
    const mtime = Math.floor(statSync(join(root, 'hello.txt')).mtimeMs / 1000) * 1000
    expect(response.header('Last-Modified')).toBe(new Date(mtime).toUTCString())
  })

  it.each([
    ['/static/docs/guide.txt', 'guide'],
    ['/static/./docs/./guide.txt', 'guide'],
    ['/static/link-in.txt', 'Hello, static files!'],
    ['/static/%E6%AF%95%E4%B8%9A%20%E7%85%A7.txt', 'photo'],
    ['/static/a%252fb.txt', 'percent'],
    ['/static/empty.txt', ''],
    ['/static/hello.txt?v=../../1', 'Hello, static files!'],
  ])('%s', async (target, text) => {
    const response = await get(target)
    expect([response.status, response.text]).toEqual([200, text])
    expect(response.header('Content-Length')).toBe(String(Buffer.byteLength(text)))
  })

  it('answers HEAD as GET, without the octets, and without a range (RFC 9110 §9.3.2, §14.2)', async () => {
    const [head, whole] = [
      await get('/static/big.bin', { method: 'HEAD', headers: { Range: 'bytes=0-0' } }),
      await get('/static/big.bin'),
    ]
    expect(head.statusLine).toBe('200 OK')
    expect(head.headers).toEqual(whole.headers)
    expect([head.bytes.byteLength, whole.bytes.byteLength]).toEqual([0, BIG])
  })

  it('in GBK arrives octet by octet, named GBK by option', async () => {
    const response = await fetchFrom(staticFiles(root, { charset: { 'biye.html': 'gbk' } }))('/static/biye.html')
    expect(response.header('Content-Type')).toBe('text/html; charset=gbk')
    expect(new TextDecoder('gbk').decode(response.bytes)).toBe('<h1>毕业</h1>')
    expect((await get('/static/biye.html')).header('Content-Type')).toBe('text/html; charset=utf-8')
  })

  it('has no date in the future, whatever its own says (RFC 9110 §8.8.2.1)', async () => {
    const path = join(root, 'future.txt')
    writeFileSync(path, 'x')
    utimesSync(path, 4e9, 4e9)
    const response = await get('/static/future.txt')
    expect(Date.parse(response.header('Last-Modified') ?? '')).toBeLessThanOrEqual(Date.now())
  })

  it('is cut short, not padded, when it shrinks while it is sent (S-17)', async () => {
    const path = join(root, 'shrinks.bin')
    writeFileSync(path, Buffer.alloc(BIG))
    const shrinking: ContractApplication = async (environ, startResponse) => {
      const body = await staticFiles(root)(environ, startResponse)
      truncateSync(path, 1024 * 1024)
      return body
    }
    const cut = await fetchFrom(shrinking)('/static/shrinks.bin').catch((error: unknown) => error)
    expect(cut).toBeInstanceOf(ResponseCutError)
    expect(cut instanceof ResponseCutError && cut.response?.bytes.byteLength).toBe(1024 * 1024)
  })
})

describe('nothing from outside, and nothing about it', () => {
  const outside = [
    ['a step up', '/static/../outside/secret.txt'],
    ['a sibling that begins alike', '/static/../static-secret/secret.txt'],
    ['escaped dots', '/static/%2e%2e/outside/secret.txt'],
    ['half escaped dots', '/static/.%2e/outside/secret.txt'],
    ['an escaped slash', '/static/..%2foutside/secret.txt'],
    ['all escaped', '/static/%2e%2e%2foutside%2fsecret.txt'],
    ['a backslash', '/static/..\\outside\\secret.txt'],
    ['an escaped backslash', '/static/..%5coutside%5csecret.txt'],
    ['escaped twice', '/static/%252e%252e/outside/secret.txt'],
    ['escaped twice', '/static/..%252foutside/secret.txt'],
    ['an overlong dot', '/static/%c0%ae%c0%ae/outside/secret.txt'],
    ['an overlong slash', '/static/..%c0%afoutside/secret.txt'],
    ['a full-width dot', '/static/%ef%bc%8e%ef%bc%8e/outside/secret.txt'],
    ['dots with a space', '/static/..%20/outside/secret.txt'],
    ['dots with a semicolon', '/static/..;/outside/secret.txt'],
    ['an absolute path', '/static//etc/passwd'],
    ['an escaped absolute path', '/static/%2fetc/passwd'],
    ['many slashes', '/static/////etc/passwd'],
    ['a drive', '/static/c:/windows/win.ini'],
    ['a URL', '/static/file:///etc/passwd'],
    ['a linked file', '/static/link-out.txt'],
    ['a linked file that is missing', '/static/link-missing.txt'],
    ['a linked folder', '/static/dir-out/secret.txt'],
    ['a linked folder, missing', '/static/dir-out/missing.txt'],
    ['a linked folder itself', '/static/dir-out'],
    ['a linked folder itself, with its slash', '/static/dir-out/'],
    ['a folder below a linked folder', '/static/dir-out/sub'],
    ['a linked sibling', '/static/dir-sibling/secret.txt'],
    ['a link to itself (ELOOP)', '/static/loop'],
    ['a hidden file', '/static/.env'],
    ['a hidden file, escaped', '/static/%2eenv'],
    ['below a hidden folder', '/static/.git/config'],
    ['a hidden folder', '/static/.git'],
    ['well-known', '/static/.well-known/security.txt'],
    ['an escaped slash inside', '/static/docs%2fguide.txt'],
    ['a step up inside', '/static/docs/../hello.txt'],
    ['a file as a folder (ENOTDIR)', '/static/hello.txt/'],
    ['below a file (ENOTDIR)', '/static/hello.txt/x'],
    ['a name too long (ENAMETOOLONG)', `/static/${'x'.repeat(300)}`],
    ['a path too long (ENAMETOOLONG)', `/static${'/xy'.repeat(3000)}`],
    ['not UTF-8 (EILSEQ)', '/static/%ff%fe.txt'],
    ['a FIFO', '/static/fifo'],
    ['a socket', '/static/socket'],
    ['a folder without an index', '/static/bare/'],
  ] as const

  it.each(outside)('%s: the answer for a missing file (S-01 to S-09)', async (_, target) => {
    const [refused, missing] = [await get(target), await get('/static/missing.txt')]
    expect(missing.statusLine).toBe('404 Not Found')
    expect(refused.statusLine).toBe(missing.statusLine)
    expect(refused.headers).toEqual(missing.headers)
    expect(refused.text).toBe(missing.text)
    // The operator learns why a link is not sent.
    expect(refused.errors).toMatch(/^(?:static: "[^"]*\/(?:link|dir)-[^"]*" is a link out of its folder.*\n)?$/)
  })

  it('nor with a page of the operator for what is missing', async () => {
    const notFound: ContractApplication = (_, startResponse) => {
      startResponse('404 Not Found', [['Content-Type', 'text/plain']])
      return 'Nothing here.'
    }
    const ask = fetchFrom(staticFiles(root, { notFound, fallback: 'index.html', listing: true }))
    for (const target of ['/static/../x', '/static/.env', '/static/missing.txt']) {
      expect([target, (await ask(target)).text]).toEqual([target, 'Nothing here.'])
    }
  })

  it('opens /.well-known/ by option, and no other hidden folder', async () => {
    const ask = fetchFrom(staticFiles(root, { wellKnown: true }))
    expect((await ask('/static/.well-known/security.txt')).text).toBe('Contact: here')
    expect((await ask('/static/.git/config')).status).toBe(404)
  })

  it('keeps answering while FIFOs are asked for: none blocks a thread (S-08)', async () => {
    const fifos = Promise.all(Array.from({ length: 12 }, () => get('/static/fifo')))
    expect((await get('/static/hello.txt')).status).toBe(200)
    expect((await fifos).every(({ status }) => status === 404)).toBe(true)
  })

  it('answers a file that may not be read like one that is missing, and tells the operator (EACCES)', async () => {
    const path = join(root, 'unreadable.txt')
    writeFileSync(path, 'x')
    chmodSync(path, 0o000)
    chmodSync(base, 0o755)
    const response = await asOrdinaryUser(() => get('/static/unreadable.txt'))
    expect(response.statusLine).toBe('404 Not Found')
    expect(response.errors).toBe(
      `static: cannot read ${JSON.stringify(path)}: EACCES; let the user of this process read it\n`,
    )
  })
})

/** Root may read everything; file access is then done as nobody. */
async function asOrdinaryUser<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return run()
  process.seteuid?.(65534)
  try {
    return await run()
  } finally {
    process.seteuid?.(0)
  }
}

describe('methods', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'get', 'BREW'])(
    '%s is 405, with Allow (RFC 9110 §15.5.6)',
    async (method) => {
      const response = await get('/static/hello.txt', { method })
      expect(response.statusLine).toBe('405 Method Not Allowed')
      expect(response.header('Allow')).toBe('GET, HEAD, OPTIONS')
      expect((await get('/static/missing.txt', { method })).statusLine).toBe('404 Not Found')
    },
  )

  it('OPTIONS is 204, with Allow', async () => {
    const response = await get('/static/hello.txt', { method: 'OPTIONS' })
    expect([response.status, response.header('Allow'), response.text]).toEqual([204, 'GET, HEAD, OPTIONS', ''])
  })
})

describe('conditions (RFC 9110 §13)', () => {
  it('304 has the tag and how long to keep it, and no content', async () => {
    const first = await get('/static/hello.txt')
    const etag = first.header('ETag') ?? ''
    for (const headers of [
      { 'If-None-Match': etag },
      { 'If-None-Match': `W/${etag}, "x"` },
      { 'If-Modified-Since': first.header('Last-Modified') ?? '' },
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const response = await get('/static/hello.txt', { headers, method })
        expect(response.statusLine).toBe('304 Not Modified')
        expect(response.headers).toEqual([
          ['ETag', etag],
          ['Cache-Control', 'no-cache'],
        ])
        expect(response.text).toBe('')
      }
    }
  })

  it('412 when the client expects another state', async () => {
    const response = await get('/static/hello.txt', { headers: { 'If-Match': '"other"' } })
    expect([response.statusLine, response.text]).toEqual(['412 Precondition Failed', 'Precondition Failed\n'])
    const etag = (await get('/static/hello.txt')).header('ETag') ?? ''
    expect((await get('/static/hello.txt', { headers: { 'If-Match': etag } })).status).toBe(200)
  })

  it('a changed file has another tag, also within a second and of the same length', async () => {
    const path = join(root, 'changing.txt')
    writeFileSync(path, 'one')
    utimesSync(path, 1000, 1000.25)
    const before = (await get('/static/changing.txt')).header('ETag') ?? ''
    writeFileSync(path, 'two')
    utimesSync(path, 1000, 1000.5)
    const after = await get('/static/changing.txt', { headers: { 'If-None-Match': before } })
    expect([after.status, after.text]).toEqual([200, 'two'])
  })

  it('are asked only where there is a file', async () => {
    const headers = { 'If-Match': '"x"', 'If-None-Match': '*' }
    expect((await get('/static/missing.txt', { headers })).status).toBe(404)
    expect((await get('/static/docs', { headers })).status).toBe(301)
  })

  it('go before the range: 304, not 206 or 416', async () => {
    const etag = (await get('/static/hello.txt')).header('ETag') ?? ''
    const headers = { 'If-None-Match': etag, Range: 'bytes=99-' }
    expect((await get('/static/hello.txt', { headers })).status).toBe(304)
  })
})

describe('ranges (RFC 9110 §14)', () => {
  it.each([
    ['bytes=0-4', 'Hello', 'bytes 0-4/20'],
    ['bytes=-6', 'files!', 'bytes 14-19/20'],
    ['bytes=7-', 'static files!', 'bytes 7-19/20'],
    ['bytes=7-999', 'static files!', 'bytes 7-19/20'],
    ['bytes=-999', 'Hello, static files!', 'bytes 0-19/20'],
  ])('%s is 206', async (range, text, contentRange) => {
    const response = await get('/static/hello.txt', { headers: { Range: range } })
    expect([response.statusLine, response.text]).toEqual(['206 Partial Content', text])
    expect(response.header('Content-Range')).toBe(contentRange)
    expect(response.header('Content-Length')).toBe(String(text.length))
    expect(response.header('ETag')).toBeDefined()
  })

  it.each(['bytes=20-', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s is 416, and says how long the file is',
    async (range) => {
      const response = await get('/static/hello.txt', { headers: { Range: range } })
      expect(response.statusLine).toBe('416 Range Not Satisfiable')
      expect(response.header('Content-Range')).toBe('bytes */20')
    },
  )

  it.each(['bytes=4-0', 'bytes=a-b', 'lines=0-1', 'bytes=0-0,2-2', `bytes=${'0-,'.repeat(5000)}0-`])(
    '%.20s is answered with the whole file',
    async (range) => {
      const response = await get('/static/hello.txt', { headers: { Range: range } })
      expect([response.status, response.text]).toEqual([200, 'Hello, static files!'])
      expect(response.header('Content-Range')).toBeUndefined()
    },
  )

  it('in the middle of a large file are the right octets', async () => {
    const response = await get('/static/big.bin', { headers: { Range: 'bytes=5000000-5100000' } })
    expect(Buffer.compare(response.bytes, Buffer.alloc(BIG, 'big').subarray(5000000, 5100001))).toBe(0)
  })

  it('If-Range: the whole file when it has changed, also where the range would be 416', async () => {
    const whole = await get('/static/hello.txt')
    const [etag = '', date = ''] = [whole.header('ETag'), whole.header('Last-Modified')]
    const ask = (condition: string, range = 'bytes=0-4') =>
      get('/static/hello.txt', { headers: { 'If-Range': condition, Range: range } }).then(({ status }) => status)
    expect(
      await Promise.all([ask(etag), ask(date), ask(`W/${etag}`), ask('"other"'), ask('Thu, 01 Jan 1970 00:00:00 GMT')]),
    ).toEqual([206, 206, 200, 200, 200])
    expect([await ask('"other"', 'bytes=99-'), await ask(etag, 'bytes=99-')]).toEqual([200, 416])
  })
})

describe('folders', () => {
  it.each([
    ['/static/docs', '/static/docs/'],
    ['/static/docs?a=1&b', '/static/docs/?a=1&b'],
    ['/static', '/static/'],
    ['/static?x', '/static/?x'],
    ['/static/./docs', '/static/./docs/'],
    ['http://evil.example/static/docs', '/static/docs/'],
  ])('%s is sent to %s (S-09)', async (target, location) => {
    const response = await get(target)
    expect([response.statusLine, response.header('Location')]).toEqual(['301 Moved Permanently', location])
  })

  it('show their index', async () => {
    expect((await get('/static/')).text).toBe('<h1>Home</h1>')
    expect((await get('/static/docs/')).header('Content-Type')).toBe('text/html; charset=utf-8')
    expect((await fetchFrom(staticFiles(root, { index: ['no.html', 'guide.txt'] }))('/static/docs/')).text).toBe(
      'guide',
    )
    expect((await fetchFrom(staticFiles(root, { index: [] }))('/static/docs/')).status).toBe(404)
  })

  it('are listed by option, escaped, without what cannot be fetched', async () => {
    const response = await fetchFrom(staticFiles(root, { listing: true }))('/static/bare/')
    expect(response.status).toBe(200)
    expect(response.header('Content-Type')).toBe('text/html; charset=utf-8')
    expect(response.header('Content-Security-Policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*'$/)
    expect(response.text).toContain('<h1>Index of /static/bare/</h1>')
    const links = [...response.text.matchAll(/<a .*?<\/a>/g)].map(([link]) => link)
    expect(links).toEqual([
      '<a href="../">../</a>',
      '<a href="./link-in/">link-in/</a>',
      '<a href="./sub/">sub/</a>',
      '<a href="./%3Cb%3E%26%22&#39;.txt">&lt;b&gt;&amp;&quot;&#39;.txt</a>',
      '<a href="./a.txt">a.txt</a>',
    ])
    expect(response.text).toMatch(/>a\.txt<\/a><td>\d+ B<td><time datetime="20\d\d-[^"]+">20\d\d-\d\d-\d\d/)
    const head = await fetchFrom(staticFiles(root, { listing: true }))('/static/bare/', { method: 'HEAD' })
    expect([head.text, head.header('Content-Length')]).toEqual(['', response.header('Content-Length')])
  })

  it('have links in their listing that lead to their files', async () => {
    const ask = fetchFrom(staticFiles(root, { listing: true, index: [] }))
    const page = await ask('/static/bare/')
    for (const [, href = ''] of page.text.matchAll(/href="([^"]+)"/g)) {
      const plain = href.replaceAll('&#39;', "'")
      expect([plain, (await ask(new URL(plain, 'http://x/static/bare/').pathname)).status]).toEqual([plain, 200])
    }
  })
})

describe('several roots', () => {
  it('give the first hit', async () => {
    const ask = fetchFrom(staticFiles([root, join(base, 'second')]))
    expect((await ask('/static/hello.txt')).text).toBe('Hello, static files!')
    expect((await ask('/static/only.txt')).text).toBe('only in the second')
    expect((await ask('/static/bare/')).text).toBe('the second index')
    expect((await ask('/static/missing.txt')).status).toBe(404)
    const listed = await fetchFrom(staticFiles([root, join(base, 'second')], { listing: true, index: [] }))(
      '/static/bare/',
    )
    expect(listed.text).toContain('./a.txt')
    expect(listed.text).toContain('./z.txt')
  })

  it('have to be there when the application is built: one line with what, where and the way out', () => {
    expect(() => staticFiles([root, join(base, 'nowhere')])).toThrow(
      /^static: no folder at ".*nowhere" \(ENOENT\); create it, .*$/,
    )
  })
})

describe('precompressed files', () => {
  const ask = (target: string, encodings?: string, headers = {}) =>
    fetchFrom(staticFiles(join(base, 'coded'), { precompressed: true }))(target, {
      headers: { ...(encodings === undefined ? {} : { 'Accept-Encoding': encodings }), ...headers },
    })

  it.each([
    ['gzip, deflate, br, zstd', 'in brotli', 'br'],
    ['gzip, zstd', 'in zstandard', 'zstd'],
    ['gzip', 'in gzip', 'gzip'],
    ['br;q=0.1, gzip;q=0.9', 'in gzip', 'gzip'],
    ['br;q=0, *', 'in zstandard', 'zstd'],
    ['identity', 'the original', undefined],
    ['', 'the original', undefined],
    [undefined, 'the original', undefined],
  ])('%s gets %s', async (encodings, text, coding) => {
    const response = await ask('/static/app.js', encodings)
    expect([response.status, response.text, response.header('Content-Encoding')]).toEqual([200, text, coding])
    expect(response.header('Content-Type')).toBe('text/javascript; charset=utf-8')
    expect(response.header('Content-Length')).toBe(String(text.length))
    expect(response.header('Vary')).toBe('Accept-Encoding')
  })

  it('have a tag for each coding, ranges of their own octets, and Vary in a 304', async () => {
    const responses = await Promise.all(
      ['br', 'zstd', 'gzip', undefined].map((encodings) => ask('/static/app.js', encodings)),
    )
    const tags = responses.map((response) => response.header('ETag') ?? '')
    expect(new Set(tags).size).toBe(4)
    expect((await ask('/static/app.js', 'br', { Range: 'bytes=3-5' })).text).toBe('bro')
    const known = await ask('/static/app.js', 'br', { 'If-None-Match': tags[0] })
    expect([known.status, known.header('Vary')]).toEqual([304, 'Accept-Encoding'])
    expect((await ask('/static/app.js', 'gzip', { 'If-None-Match': tags[0] })).status).toBe(200)
  })

  it.each([
    ['older than its file', '/static/old.css', 'new text'],
    ['missing', '/static/plain.txt', 'no variant'],
    ['a folder', '/static/dir.txt', 'a folder is no variant'],
  ])('are not sent when the variant is %s', async (_, target, text) => {
    const response = await ask(target, 'br, zstd, gzip')
    expect([response.text, response.header('Content-Encoding'), response.header('Vary')]).toEqual([
      text,
      undefined,
      'Accept-Encoding',
    ])
  })

  it('stand for an index too, and are files of their own when asked for by name (S-15)', async () => {
    expect((await ask('/static/', 'gzip')).text).toBe('index in gzip')
    const archive = await ask('/static/app.js.gz', 'gzip')
    expect([archive.header('Content-Type'), archive.header('Content-Encoding')]).toEqual([
      'application/gzip',
      undefined,
    ])
  })

  it('are not looked for without the option', async () => {
    const response = await fetchFrom(staticFiles(join(base, 'coded')))('/static/app.js', {
      headers: { 'Accept-Encoding': 'br' },
    })
    expect([response.text, response.header('Vary')]).toEqual(['the original', undefined])
  })
})

describe('a fallback, for single-page applications', () => {
  it('answers paths without an extension, and only those', async () => {
    const ask = fetchFrom(staticFiles(root, { fallback: 'docs/index.html', cacheControl: [['docs/*', 'no-store']] }))
    for (const target of ['/static/users/7', '/static/users/', '/static/bare/']) {
      const response = await ask(target)
      expect([target, response.status, response.text]).toEqual([target, 200, '<h1>Docs</h1>'])
      expect([response.header('Content-Type'), response.header('Cache-Control')]).toEqual([
        'text/html; charset=utf-8',
        'no-store',
      ])
    }
    for (const target of ['/static/missing.js', '/static/../users', '/static/.git/x']) {
      expect([target, (await ask(target)).status]).toEqual([target, 404])
    }
    expect((await ask('/static/hello.txt')).text).toBe('Hello, static files!')
  })
})

describe('descriptors', () => {
  const count = () => readdirSync('/proc/self/fd').length

  it.runIf(process.platform === 'linux')(
    'are all closed after 1000 GETs whose client left (S-18)',
    async () => {
      await get('/static/big.bin')
      const before = count()
      for (let i = 0; i < 1000; i++) await abortedGet(i)
      for (const headers of [{ 'If-None-Match': '*' }, { 'If-Match': '"x"' }, { Range: 'bytes=99999999-' }]) {
        await get('/static/big.bin', { headers })
      }
      await get('/static/big.bin', { method: 'HEAD' })
      await settled(() => count() <= before)
      expect(count()).toBeLessThanOrEqual(before)
    },
    60_000,
  )

  /** Leaves before the file is open, or after so many chunks. */
  async function abortedGet(i: number): Promise<void> {
    const client = new AbortController()
    const application: ContractApplication = async (environ, startResponse) => {
      if (i % 4 === 0) client.abort(new Error('gone'))
      const body = await staticFiles(root)(environ, startResponse)
      if (i % 4 === 1) client.abort(new Error('gone'))
      if (i % 4 > 1) setImmediate(() => client.abort(new Error('gone')))
      return body
    }
    const leaving = call(validate(application), staticEnviron('/static/big.bin', { 'tsgi.signal': client.signal }))
    await expect(leaving).rejects.toBeInstanceOf(ResponseCutError)
  }

  it.runIf(process.platform === 'linux')('are closed also for what is refused, redirected or listed', async () => {
    const ask = fetchFrom(staticFiles(root, { listing: true }))
    const before = count()
    for (const name of ['link-out.txt', 'dir-out', 'dir-out/', 'fifo', 'docs', 'bare/', 'missing']) {
      for (let i = 0; i < 5; i++) await ask(`/static/${name}`)
    }
    await settled(() => count() <= before)
    expect(count()).toBeLessThanOrEqual(before)
  })

  it.runIf(process.platform === 'linux')('are closed also when an option of the developer throws', async () => {
    const failing = staticFiles(root, {
      cacheControl: () => {
        throw new Error('of the developer')
      },
    })
    const before = count()
    for (let i = 0; i < 20; i++) expect((await fetchFrom(failing)('/static/big.bin')).status).toBe(500)
    await settled(() => count() <= before)
    expect(count()).toBeLessThanOrEqual(before)
  })

  it('missing altogether are 503, and a moment later all is well (EMFILE)', async () => {
    const script = join(import.meta.dirname, 'static/exhausted-process.ts')
    const run = promisify(execFile)('sh', ['-c', 'ulimit -n 128 && exec "$0" "$@"', process.execPath, script, root])
    expect(JSON.parse((await run).stdout)).toEqual(['503 Service Unavailable', '200 OK'])
  })

  /** Closing is done by the thread pool: gives it its turns. */
  async function settled(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < 1000 && !isDone(); turn++) await new Promise(setImmediate)
  }
})

describe('in an application of the framework', () => {
  it('serves under /static, before the routes', async () => {
    const application = new Application([], { static: { root, charset: { 'biye.html': 'gbk' } } })
    const ask = (target: string) => call(validate(application), target)
    expect((await ask('/static/hello.txt')).text).toBe('Hello, static files!')
    expect((await ask('/static/biye.html')).header('Content-Type')).toBe('text/html; charset=gbk')
    expect((await ask('/static')).header('Location')).toBe('/static/')
    for (const target of [
      '/static/..%2foutside%2fsecret.txt',
      '/static/%2e%2e/outside/secret.txt',
      '/static/docs%2fguide.txt',
    ]) {
      expect([target, (await ask(target)).status]).toEqual([target, 404])
    }
  })
})
