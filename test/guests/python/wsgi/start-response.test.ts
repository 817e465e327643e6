/** PEP 3333 on the Python side, start_response() and write(): what breaks the rules, and so mostly without wsgiref.validate. */
import { describe, expect, it } from 'vitest'
import { describeWsgi } from './describe-wsgi.ts'

describeWsgi((probes) => {
  describe('The start_response() Callable', () => {
    it('may be called late, on the first iteration', async () => {
      expect(await probes.unchecked.text('/late')).toBe('late')
    })

    it('sends the head only with the first block that is not empty: exc_info may still replace it', async () => {
      const response = await probes.unchecked.fetch('/replaced')
      expect([response.status, response.statusText]).toEqual([503, 'Busy'])
      expect(response.headers.get('X-First')).toBe(null)
      expect(await response.text()).toBe('replaced')
    })

    it('raises exc_info when the head has gone, and the message stays visibly incomplete', async () => {
      await expect(probes.unchecked.text('/too-late')).rejects.toThrow()
      await probes.unchecked.faults.waitFor(/RuntimeError: after the head/)
      expect(await probes.unchecked.text('/')).toBe('Hello, World!\n')
    })

    it.each([
      ['a second call without exc_info', '/twice'],
      ['an end without a head', '/no-start'],
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
      const response = await probes.unchecked.fetch(path)
      expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n'])
      expect(await probes.unchecked.text('/')).toBe('Hello, World!\n')
    })

    it.each(['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'transfer-encoding', 'Upgrade'])(
      'drops the hop-by-hop header %s, and says so once',
      async (name) => {
        for (let count = 0; count < 2; count++) {
          const response = await probes.unchecked.fetch(`/header?name=${name}&value=x-hop`)
          expect([response.status, await response.text()]).toEqual([200, 'ok'])
          expect([...response.headers.values()].join()).not.toContain('x-hop')
        }
        await probes.unchecked.log.waitFor(new RegExp(`the header ${name} of the application is dropped`))
        expect(probes.unchecked.log.text.split(`the header ${name} of`)).toHaveLength(2)
      },
    )

    it.each([
      ['65535', 'iterator'],
      ['65536', 'list'],
      ['65537', 'iterator'],
      ['1048576', 'list'],
    ])('sends a head of %s octets before a body that is an %s', async (size, kind) => {
      const target = `/long-header?size=${size}&kind=${kind}`
      const answer = await probes.unchecked.raw(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      expect(answer.slice(0, 15)).toBe('HTTP/1.1 200 OK')
      expect(/X-Long: (x+)\r\n/.exec(answer)?.[1]).toHaveLength(Number(size) - 14)
      expect(answer.slice(answer.indexOf('\r\n\r\n'))).toContain('ok')
    })

    it('answers 500 to a head of more than 1 MiB, and the log tells its size', async () => {
      const answer = await probes.unchecked.fetch('/long-header?size=1048577')
      expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error\n'])
      await probes.unchecked.faults.waitFor(/ValueError: the response head has 1048577 bytes, 1048576 are allowed/)
      expect(await probes.unchecked.text('/')).toBe('Hello, World!\n')
    })

    it.each([
      ['200', 200, ''],
      ['404 ', 404, ''],
      ['299 My Own', 299, 'My Own'],
    ])('sends the status %j', async (line, status, phrase) => {
      const response = await probes.unchecked.fetch(`/status?line=${encodeURIComponent(line)}`)
      expect([response.status, response.statusText]).toEqual([status, phrase])
    })

    it('keeps repeated headers apart, and takes blanks off the ends of a value', async () => {
      expect((await probes.checked.fetch('/cookies')).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      const response = await probes.unchecked.fetch('/header?value=%20a%20b%20')
      expect(response.headers.get('X-Tag')).toBe('a b')
    })

    it.each([204, 304])('sends no content with %d, nor a description of one', async (status) => {
      const headers = encodeURIComponent('[["Content-Type","text/plain"],["Content-Length","0"],["ETag","\\"x\\""]]')
      const response = await probes.unchecked.fetch(`/status?line=${status}%20X&headers=${headers}`)
      expect(response.status).toBe(status)
      expect(response.headers.get('Content-Type')).toBe(null)
      expect(response.headers.get('ETag')).toBe('"x"')
    })
  })

  describe('The write() Callable', () => {
    it('sends what was written before the body', async () => {
      expect(await probes.unchecked.text('/write')).toBe('one two three')
    })

    it('is held back by the window, and loses nothing', async () => {
      expect((await probes.checked.text('/write-long')).length).toBe(2_000_000)
    })
  })
})
