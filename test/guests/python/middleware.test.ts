/** Our middleware over Flask, and Flask beside our own views: the contract holds between each of them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { validate } from '@tsgi/contract'
import { Application, get, html, mount } from '@tsgi/framework'
import { accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toNodeListener } from '../../../packages/gateways/src/node.ts'
import { fromPythonWsgi, type PythonApplication } from '../../../packages/server/src/guests/python-wsgi.ts'
import { ask } from './compared-servers.ts'
import { FIXTURES, findPython, skipReason } from './python-server.ts'

const EXAMPLES = new URL('../../../examples', import.meta.url).pathname
const python = findPython('flask')
if (python === undefined) console.warn(skipReason('flask'))

describe.skipIf(python === undefined)(
  `middleware over Flask${python === undefined ? ` — ${skipReason('flask')}` : ''}`,
  () => {
    const lines: string[] = []
    const server = createServer()
    let guest: PythonApplication
    let port: number

    beforeAll(async () => {
      guest = fromPythonWsgi('validated:wrap("flaskapp", "app")', {
        python,
        chdir: `${EXAMPLES}/flask`,
        pythonPath: [FIXTURES],
      })
      const logged = accessLog({ write: (line) => lines.push(line) })
      const site = new Application([
        get('/', () => html('<h1>Ours</h1>')),
        mount('/flask', validate(conditionalGet()(validate(compress({ threshold: 1 })(validate(guest)))))),
      ])
      server.on('request', toNodeListener(validate(logged(validate(requestId()(validate(site)))))))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      port = (server.address() as AddressInfo).port // a TCP server has an address of this kind
    })

    afterAll(async () => {
      server.closeAllConnections()
      server.close()
      await guest?.close()
    })

    const fetchFrom = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers, ...init })

    it('answers beside our own views, each under its path', async () => {
      expect(await (await fetchFrom('/')).text()).toBe('<h1>Ours</h1>')
      expect(await (await fetchFrom('/flask/')).text()).toBe('Hello, World!')
      expect(await (await fetchFrom('/flask/hello/me')).json()).toEqual({ hello: 'me', query: {} })
      expect((await fetchFrom('/flask/nowhere')).status).toBe(404)
    })

    it('makes URLs under its mount', async () => {
      const response = await fetchFrom('/flask/old', {}, { redirect: 'manual' })
      expect([response.status, response.headers.get('Location')]).toEqual([302, '/flask/'])
    })

    it('is coded as the client likes it, streams too', async () => {
      for (const [path, text] of [
        ['/flask/', 'Hello, World!'],
        ['/flask/stream', 'line 0\nline 1\nline 2\nline 3\nline 4\n'],
      ]) {
        const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`
        const { headers, body } = await ask(port, request)
        expect(headers).toContain('content-encoding: gzip')
        expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe(text)
      }
    })

    it('is revalidated by a tag that conditionalGet made', async () => {
      const tag = (await fetchFrom('/flask/')).headers.get('ETag') ?? ''
      expect(tag).not.toBe('')
      expect((await fetchFrom('/flask/', { 'If-None-Match': tag })).status).toBe(304)
    })

    it('is named and logged', async () => {
      const response = await fetchFrom('/flask/hello/logged')
      expect(response.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
      await response.arrayBuffer()
      await expect.poll(() => lines.join('')).toContain('"GET /flask/hello/logged HTTP/1.1" 200')
    })
  },
)
