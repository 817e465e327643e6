/** PEP 3333 on the Python side, clause by clause: the application runs under wsgiref.validate wherever it keeps the rules. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPython, type PythonServer, servePython, skipReason } from './python-server.ts'

const python = findPython()
if (python === undefined) console.warn(skipReason())

describe.skipIf(python === undefined)(`WSGI${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  let checked: PythonServer
  let unchecked: PythonServer

  beforeAll(async () => {
    checked = await servePython('probe')
    unchecked = await servePython('probe:unchecked')
    await Promise.all([checked.application.start(), unchecked.application.start()])
  })

  afterAll(async () => {
    await Promise.all([checked?.close(), unchecked?.close()])
  })

  describe('environ Variables', () => {
    it('carries the environ, CGI and wsgi keys alike', async () => {
      const response = await checked.fetch('/environ?a=1&b=%20', { headers: { 'X-Tag': 'one' } })
      expect(await response.json()).toMatchObject({
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '',
        PATH_INFO: '/environ',
        QUERY_STRING: 'a=1&b=%20',
        REQUEST_URI: '/environ?a=1&b=%20',
        SERVER_NAME: '127.0.0.1',
        SERVER_PORT: String(checked.port),
        SERVER_PROTOCOL: 'HTTP/1.1',
        REMOTE_ADDR: '127.0.0.1',
        REMOTE_PORT: expect.stringMatching(/^\d+$/),
        HTTP_HOST: `127.0.0.1:${checked.port}`,
        HTTP_X_TAG: 'one',
        'wsgi.version': [1, 0],
        'wsgi.url_scheme': 'http',
        'wsgi.multithread': false,
        'wsgi.multiprocess': false,
        'wsgi.run_once': false,
      })
    })

    it.each([
      ['/environ/caf%C3%A9', '/environ/caf\u00c3\u00a9'],
      ['/environ/%E9', '/environ/\u00e9'],
      ['/environ/a%2Fb//c;d+e', '/environ/a/b//c;d+e'],
      ['/environ/%FF%FE/%E4%B8%AD', '/environ/\u00ff\u00fe/\u00e4\u00b8\u00ad'],
      ['http://example.test/environ?x', '/environ'],
    ])('has PATH_INFO as octets: %s (Unicode Issues)', async (target, path) => {
      const answer = await checked.raw(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      const environ: unknown = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))
      expect(environ).toMatchObject({ PATH_INFO: path, REQUEST_URI: target })
    })

    it('gives OPTIONS * a path that WSGI knows', async () => {
      const answer = await checked.raw('OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      expect(answer).toContain('200 OK')
      expect(answer).toContain('Hello, World!')
    })

    it('has latin-1 text both ways (Unicode Issues)', async () => {
      const answer = await checked.raw('GET /latin HTTP/1.1\r\nHost: a\r\nX-Tag: \xe9\xff\r\nConnection: close\r\n\r\n')
      expect(answer).toContain('X-Tag: caf\xe9\r\n')
      expect(answer).toContain('\n\xe9\xff')
    })

    it('takes no body from a request without one', async () => {
      expect(await checked.text('/count')).toBe('0')
    })
  })

  describe('Input and Error Streams', () => {
    const lines = 'abcdef\nghijklmn\nop\nqrst\nuv\nwx'
    // What io.BytesIO, which is the reference, answers to the same calls.
    const said = ['abc', 'def\n', 'ghij', ['klmn\n'], '', ['op\n', 'qrst\n', 'uv\n', 'wx'], '', '', []]

    it.each(['inline', 'chunked'])('reads by size, line, lines and iteration: a body that comes %s', async (kind) => {
      const body = kind === 'inline' ? lines : new Blob([lines]).stream()
      const response = await unchecked.fetch('/read', { method: 'POST', body, duplex: 'half' } as RequestInit)
      expect(await response.json()).toEqual(said)
    })

    it('reads lines out of a body that is streamed', async () => {
      const filling = 'x'.repeat(99)
      const body = `${lines}\n${`${filling}\n`.repeat(2000)}`
      const response = await unchecked.fetch('/read', { method: 'POST', body })
      const answer = (await response.json()) as unknown[]
      expect(answer.slice(0, 5)).toEqual(said.slice(0, 5))
      expect(answer[5]).toHaveLength(2004)
      expect(answer.slice(6)).toEqual(['', '', []])
    })

    it.each([1, 1000, 65_535, 65_536, 65_537, 262_144, 262_145, 3_000_000])(
      'brings %d octets there and back',
      async (size) => {
        const body = Buffer.alloc(size, 'abcdefghij')
        const response = await checked.fetch('/echo', { method: 'POST', body })
        expect(response.headers.get('X-Length')).toBe(String(size))
        expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
      },
    )

    it('reads all that is left without a size', async () => {
      const body = Buffer.alloc(1_000_000, 'abcdefghij')
      const sum = body.reduce((total, octet) => total + octet, 0) % 65521
      expect(await unchecked.text('/read-all', { method: 'POST', body })).toBe(`1000000 ${sum}`)
    })

    it('has the application wait while the client still sends', async () => {
      const { port } = checked
      const socket = connect(port, '127.0.0.1')
      let answer = ''
      socket.setEncoding('latin1').on('data', (text) => {
        answer += text
      })
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.write('POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n')
      for (let sent = 0; sent < 200_000; sent += 50_000) {
        socket.write('x'.repeat(50_000))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await closed
      expect(answer).toContain('\n200000')
    })

    it.each([10, 200_000])(
      'answers when the application leaves a body of %d octets unread, and goes on',
      async (size) => {
        expect(await checked.text('/ignore', { method: 'POST', body: 'x'.repeat(size) })).toBe('not read')
        expect(await checked.text('/')).toBe('Hello, World!\n')
      },
    )

    it('takes wsgi.errors and stdout to the log, safe to show', async () => {
      expect(await checked.text('/errors')).toBe('ok')
      await checked.log.waitFor(/raw octets to stdout/)
      await checked.log.waitFor(/a line/)
      expect(checked.log.text).toMatch(/^\[python \d+\] written to wsgi\.errors: 中$/m)
      expect(checked.log.text).toMatch(/^\[python \d+\] printed to stdout \\x1b\[31m$/m)
    })
  })

  describe('The start_response() Callable', () => {
    it('may be called late, on the first iteration', async () => {
      expect(await unchecked.text('/late')).toBe('late')
    })

    it('sends the head only with the first block that is not empty: exc_info may still replace it', async () => {
      const response = await unchecked.fetch('/replaced')
      expect([response.status, response.statusText]).toEqual([503, 'Busy'])
      expect(response.headers.get('X-First')).toBe(null)
      expect(await response.text()).toBe('replaced')
    })

    it('raises exc_info when the head has gone, and the message stays visibly incomplete', async () => {
      await expect(unchecked.text('/too-late')).rejects.toThrow()
      await unchecked.faults.waitFor(/RuntimeError: after the head/)
      expect(await unchecked.text('/')).toBe('Hello, World!\n')
    })

    it.each([
      ['a second call without exc_info', '/twice'],
      ['an end without a head', '/no-start'],
      ['a hop-by-hop header', '/header?name=Connection&value=close'],
      ['another hop-by-hop header', '/header?name=transfer-encoding&value=chunked'],
      ['a line feed in a value', '/header?value=a%0Ab'],
      ['NUL in a value', '/header?value=a%00b'],
      ['a line feed in a name', '/header?name=a%0Ab'],
      ['a name that is no token', '/header?name=a%20b'],
      ['a value above U+00FF', '/wide-header'],
      ['a status with a character above U+00FF', '/wide-status'],
      ['NUL in the status', '/status?line=200%20a%00b'],
      ['NUL in a name', '/header?name=a%00b'],
      ['a second Content-Length', '/status?headers=[["Content-Length","1"],["Content-Length","1"]]'],
      ['a Content-Length with a sign', '/status?headers=[["Content-Length","%2B1"]]'],
      ['a header value that is no text', '/status?headers=[["X-Tag",1]]'],
      ['an interim status', '/status?line=103%20Early%20Hints'],
      ['a status without a number', '/status?line=OK'],
      ['a line feed in the status', '/status?line=200%20a%0Ab'],
      ['a body of text', '/wrong?kind=str'],
      ['a body of numbers', '/wrong?kind=int'],
      ['no body', '/wrong?kind=none'],
      ['octets as a body', '/wrong?kind=bare'],
      ['an exception', '/boom'],
      ['sys.exit() in a view', '/exit'],
      ['fewer octets than its Content-Length', '/length?declared=6'],
    ])('answers 500 to %s, tells nothing, and goes on', async (_, path) => {
      const response = await unchecked.fetch(path)
      expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n'])
      expect(await unchecked.text('/')).toBe('Hello, World!\n')
    })

    it('sends a head of 65,280 octets, and answers 500 to a longer one, whose size the log tells', async () => {
      const head = await unchecked.raw('GET /long-header?size=65280 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      expect(head.slice(0, 15)).toBe('HTTP/1.1 200 OK')
      expect(/X-Long: (x+)\r\n/.exec(head)?.[1]).toHaveLength(65_280 - 14)
      const answer = await unchecked.fetch('/long-header?size=65281')
      expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error\n'])
      await unchecked.faults.waitFor(/ValueError: the response head has 65281 octets, 65280 are allowed/)
      expect(await unchecked.text('/')).toBe('Hello, World!\n')
    })

    it.each([
      ['200', 200, ''],
      ['404 ', 404, ''],
      ['299 My Own', 299, 'My Own'],
    ])('sends the status %j', async (line, status, phrase) => {
      const response = await unchecked.fetch(`/status?line=${encodeURIComponent(line)}`)
      expect([response.status, response.statusText]).toEqual([status, phrase])
    })

    it('keeps repeated headers apart, and takes blanks off the ends of a value', async () => {
      expect((await checked.fetch('/cookies')).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      const response = await unchecked.fetch('/header?value=%20a%20b%20')
      expect(response.headers.get('X-Tag')).toBe('a b')
    })

    it.each([204, 304])('sends no content with %d, nor a description of one', async (status) => {
      const headers = encodeURIComponent('[["Content-Type","text/plain"],["Content-Length","0"],["ETag","\\"x\\""]]')
      const response = await unchecked.fetch(`/status?line=${status}%20X&headers=${headers}`)
      expect(response.status).toBe(status)
      expect(response.headers.get('Content-Type')).toBe(null)
      expect(response.headers.get('ETag')).toBe('"x"')
    })
  })

  describe('The write() Callable', () => {
    it('sends what was written before the body', async () => {
      expect(await unchecked.text('/write')).toBe('one two three')
    })

    it('is held back by the window, and loses nothing', async () => {
      expect((await checked.text('/write-long')).length).toBe(2_000_000)
    })
  })

  describe('the body', () => {
    it('knows the length of a single block (Handling the Content-Length Header)', async () => {
      const response = await checked.fetch('/')
      // wsgiref.validate hides that it is a list of one.
      expect((await unchecked.fetch('/')).headers.get('Content-Length')).toBe('14')
      expect(await response.text()).toBe('Hello, World!\n')
    })

    it.each([
      [1, 100],
      [1000, 10],
      [3, 200_000],
      [40, 65_536],
    ])('streams %d blocks of %d octets in order', async (count, size) => {
      const text = await checked.text(`/blocks?count=${count}&size=${size}`)
      const blocks = Array.from({ length: count }, (_, i) => String.fromCharCode(65 + (i % 26)).repeat(size))
      expect(text === blocks.join('')).toBe(true)
    })

    it.each(['/blocks?count=0', '/blocks?count=5&size=0'])('may be empty: %s', async (path) => {
      const response = await checked.fetch(path)
      expect([response.status, await response.text()]).toEqual([200, ''])
    })

    it('is closed when it was sent whole, when it fails, and for HEAD (Specification Details)', async () => {
      expect(await checked.text('/close?how=whole')).toBe('firstsecond')
      await checked.log.waitFor(/closed \/close\?how=whole/)
      await expect(checked.text('/close?how=fails')).rejects.toThrow()
      await checked.log.waitFor(/closed \/close\?how=fails/)
      expect((await unchecked.fetch('/close?head', { method: 'HEAD' })).status).toBe(200)
      await unchecked.log.waitFor(/closed \/close\?head/)
    })

    it('is run to its end when Content-Length is reached, then closed', async () => {
      const response = await unchecked.fetch('/exhaust')
      expect(await response.text()).toBe('four')
      await unchecked.log.waitFor(/exhausted[\s\S]*closed \/exhaust/)
    })

    it('is cut at its Content-Length, and the operator is told', async () => {
      for (const kind of ['list', 'iterator']) {
        const response = await unchecked.fetch(`/length?declared=5&actual=9&kind=${kind}`)
        expect(await response.text()).toBe('xxxxx')
        await unchecked.log.waitFor(new RegExp(`kind=${kind}: the body is longer than its Content-Length`))
      }
    })

    it('stays visibly incomplete when it ends before its Content-Length', async () => {
      await expect(unchecked.text('/length?declared=9&actual=5&kind=iterator')).rejects.toThrow()
    })

    it('stays visibly incomplete when a later block is no bytes', async () => {
      await expect(unchecked.text('/wrong?kind=late')).rejects.toThrow()
    })

    it('may be a file (Optional Platform-Specific File Handling)', async () => {
      expect(await checked.text('/file')).toContain('def do_file(environ')
    })

    it('may be what only has read(), without fileno() and close()', async () => {
      expect(await checked.text('/file-like')).toBe('r'.repeat(6500))
    })

    it.each(['/', '/big', '/blocks', '/forever'])(
      'is not sent for HEAD of %s, and the worker is free again',
      async (path) => {
        const response = await unchecked.fetch(path, { method: 'HEAD' })
        expect([response.status, await response.text()]).toEqual([200, ''])
        if (path === '/big') expect(response.headers.get('Content-Length')).toBe('1048576')
        expect(await unchecked.text('/')).toBe('Hello, World!\n')
      },
    )
  })

  describe('the client', () => {
    it.each(['/forever', '/forever?size=100000', '/forever?pause=0.01', '/quiet'])(
      'is seen to leave %s',
      async (path) => {
        const controller = new AbortController()
        const answer = unchecked.fetch(path, { signal: controller.signal })
        if (path === '/quiet') setTimeout(() => controller.abort(), 50)
        else {
          const reader = (await answer).body?.getReader()
          await reader?.read()
          controller.abort()
        }
        await expect(answer.then((response) => response.text())).rejects.toThrow()
        await unchecked.log.waitFor(new RegExp(`closed ${path.replace('?', '\\?')}\n`))
        expect(await unchecked.text('/')).toBe('Hello, World!\n')
      },
    )

    it('that leaves in the middle of its body makes reading fail, and harms nobody else', async () => {
      const socket = connect(unchecked.port, '127.0.0.1')
      socket.write('POST /count?size=1000 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
      socket.write('x'.repeat(300_000), () => socket.destroy())
      expect(await unchecked.text('/')).toBe('Hello, World!\n')
    })
  })
})
