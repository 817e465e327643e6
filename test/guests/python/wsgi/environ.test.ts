/** PEP 3333 on the Python side, environ Variables: the application runs under wsgiref.validate. */
import { describe, expect, it } from 'vitest'
import { describeWsgi } from './describe-wsgi.ts'

describeWsgi((probes) => {
  describe('environ Variables', () => {
    it('carries the environ, CGI and wsgi keys alike', async () => {
      const response = await probes.checked.fetch('/environ?a=1&b=%20', { headers: { 'X-Tag': 'one' } })
      expect(await response.json()).toMatchObject({
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '',
        PATH_INFO: '/environ',
        QUERY_STRING: 'a=1&b=%20',
        REQUEST_URI: '/environ?a=1&b=%20',
        SERVER_NAME: '127.0.0.1',
        SERVER_PORT: String(probes.checked.port),
        SERVER_PROTOCOL: 'HTTP/1.1',
        REMOTE_ADDR: '127.0.0.1',
        REMOTE_PORT: expect.stringMatching(/^\d+$/),
        HTTP_HOST: `127.0.0.1:${probes.checked.port}`,
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
      const answer = await probes.checked.raw(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      const environ: unknown = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))
      expect(environ).toMatchObject({ PATH_INFO: path, REQUEST_URI: target })
    })

    it('gives OPTIONS * a path that WSGI knows', async () => {
      const answer = await probes.checked.raw('OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      expect(answer).toContain('200 OK')
      expect(answer).toContain('Hello, World!')
    })

    it('has latin-1 text both ways (Unicode Issues)', async () => {
      const answer = await probes.checked.raw(
        'GET /latin HTTP/1.1\r\nHost: a\r\nX-Tag: \xe9\xff\r\nConnection: close\r\n\r\n',
      )
      expect(answer).toContain('X-Tag: caf\xe9\r\n')
      expect(answer).toContain('\n\xe9\xff')
    })

    it('takes no body from a request without one', async () => {
      expect(await probes.checked.text('/count')).toBe('0')
    })
  })
})
