/**
 * `--protocol uwsgi|fastcgi|scgi` behind the real web servers that speak it, on TCP and on a unix socket: what the
 * application knows of a request is what its client sent, bodies pass whole in both directions, and an incomplete response
 * is seen to be one.
 */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Command, ROOT, serving } from '../support/command.ts'
import { Front, HOST, hasProgram, ownAddress, type Place, temporaryFolder } from '../support/front.ts'
import { GATEWAY_FRONTS, type GatewayLack } from './gateway-fronts.ts'

const CLIENT = '127.0.0.2'
const APPLICATION = join(ROOT, 'test/deploy/application.ts:application')

const targets = GATEWAY_FRONTS.flatMap((front) =>
  (['tcp', 'unix'] as const)
    .filter((transport) => transport === 'tcp' || !front.lacks.has('unix'))
    .map((transport) => ({ ...front, transport, title: `${front.name} over ${transport}` })),
)

describe.each(targets)('$title', (target) => {
  const missing = !hasProgram(target.program)
  const can = (what: GatewayLack) => !target.lacks.has(what)

  describe.skipIf(missing)(
    missing ? `needs ${target.program}, which is not installed` : 'in front of tsgi serve',
    () => {
      let place: Place
      let front: Front
      let backend: Command

      beforeAll(async () => {
        const [folder, address] = [temporaryFolder(), ownAddress()]
        place = { folder, address, httpPort: 8080, httpsPort: 8443, cert: '', key: '', both: '' }
        const bind = target.transport === 'tcp' ? '127.0.0.1:0' : `unix:${folder}/app.sock`
        const words = ['--bind', bind, '--protocol', target.protocol, '--access-logfile', '-', '--keep-alive', '75']
        backend = await serving([APPLICATION, ...words])
        const [, listening = ''] = await backend.printed(/Listening at (?:\w+:\/\/)?(\S+)/)
        front = await Front.start(place, target.command(place, listening), [place.httpPort])
        while ((await get('/')).status === 503) await wait(50) // HAProxy asks first
      })
      afterAll(async () => {
        await front?.stop()
        await backend?.kill()
        if (place !== undefined) rmSync(place.folder, { recursive: true, force: true })
      })

      interface Reply {
        readonly status: number
        readonly headers: http.IncomingHttpHeaders
        readonly body: Buffer
        readonly text: string
      }

      function request(
        path: string,
        options: http.RequestOptions,
        write: (to: http.ClientRequest) => void,
      ): Promise<Reply> {
        return new Promise((resolve, reject) => {
          const where = { host: place.address, port: place.httpPort, localAddress: CLIENT, agent: false, path }
          const headers = { Host: HOST, ...Object(options.headers) }
          const sent = http.request({ ...where, ...options, headers }, (response) => {
            const pieces: Buffer[] = []
            response.on('data', (piece) => pieces.push(piece))
            response.on('error', reject)
            response.on('end', () => {
              const body = Buffer.concat(pieces)
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() })
            })
          })
          sent.on('error', reject)
          write(sent)
        })
      }

      const get = (path: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') =>
        request(path, { headers, method }, (to) => to.end())

      const environ = async (path: string, headers: http.OutgoingHttpHeaders = {}) => {
        const reply = await get(path, headers)
        expect(reply.status, reply.text).toBe(200)
        return JSON.parse(reply.text)
      }

      it('knows the client, the host and the target', async () => {
        const seen = await environ('/environ?q=1&e', { Host: `${HOST}:8080`, 'X-Own': 'yes', 'Content-Type': 'text/x' })
        expect(seen).toMatchObject({
          REQUEST_METHOD: 'GET',
          REQUEST_URI: '/environ?q=1&e',
          PATH_INFO: '/environ',
          SCRIPT_NAME: '',
          QUERY_STRING: 'q=1&e',
          SERVER_PROTOCOL: 'HTTP/1.1',
          REMOTE_ADDR: CLIENT,
          HTTP_HOST: `${HOST}:8080`,
          HTTP_X_OWN: 'yes',
          CONTENT_TYPE: 'text/x',
          'wsgi.url_scheme': 'http',
        })
        expect(seen.REMOTE_PORT).toMatch(/^\d*$/)
        expect(seen.SERVER_PORT).toMatch(/^\d+$/)
        expect(seen.SERVER_NAME).toMatch(/^[^:\s]+$/)
        expect(seen['tsgi.early_hints']).toBeUndefined()
      })

      it('lets nothing of the front or of httpoxy into the environ', async () => {
        const seen = await environ('/environ', {
          Proxy: 'evil',
          'X-Forwarded-For': '127.0.0.1',
          Forwarded: 'for=127.0.0.1',
        })
        const known =
          /^(?:HTTP_[A-Z0-9_]+|REQUEST_(?:METHOD|URI)|SCRIPT_NAME|PATH_INFO|QUERY_STRING|SERVER_(?:NAME|PORT|PROTOCOL)|REMOTE_(?:ADDR|PORT)|CONTENT_(?:TYPE|LENGTH)|wsgi\..+|tsgi\..+)$/
        expect(Object.keys(seen).filter((key) => !known.test(key))).toEqual([])
        expect(seen.HTTP_PROXY).toBeUndefined()
        expect(seen).toMatchObject({ REMOTE_ADDR: CLIENT })
        expect(Object.keys(seen).filter((key) => /FORWARDED|HTTP_CONNECTION|HTTP_CONTENT|TRANSFER/.test(key))).toEqual(
          [],
        )
      })

      it.runIf(can('raw-path'))('has the path as it was sent, and decoded once', async () => {
        const seen = await environ('/caf%C3%A9/a%20b?x=%2F')
        expect(seen).toMatchObject({ REQUEST_URI: '/caf%C3%A9/a%20b?x=%2F', PATH_INFO: '/café/a b', SCRIPT_NAME: '' })
      })

      it.runIf(can('cookies'))('joins what was sent twice', async () => {
        const seen = await environ('/environ', { 'X-Twice': ['a', 'b'], Cookie: ['a=1', 'b=2'] })
        expect(seen).toMatchObject({ HTTP_X_TWICE: 'a, b', HTTP_COOKIE: 'a=1; b=2' })
      })

      it('responds to HEAD, 204 and an unknown page as HTTP does', async () => {
        expect(await get('/who', {}, 'HEAD')).toMatchObject({ status: 200, text: '' })
        expect(await get('/status/204')).toMatchObject({ status: 204, text: '' })
        expect((await get('/status/404')).status).toBe(404)
        expect((await get('/throws')).status).toBe(500)
      })

      it('passes heads of 12 kB in both directions', async () => {
        expect(await get('/large-head')).toMatchObject({ status: 200, text: 'large' })
        const fields = Array.from({ length: 12 }, (_, i) => [`X-Large-${i}`, 'y'.repeat(1000)])
        expect((await environ('/environ', Object.fromEntries(fields))).HTTP_X_LARGE_11).toBe('y'.repeat(1000))
      })

      it('passes a body of all bytes and 3 MB whole', async () => {
        const { body, headers } = await get('/bytes')
        expect(body.length).toBe(3_000_000)
        expect(createHash('sha256').update(body).digest('hex')).toBe(headers['x-sha256'])
      })

      const uploads = can('chunked-upload') ? ['Content-Length', 'Transfer-Encoding'] : ['Content-Length']
      it.each(uploads)('passes a slow upload whole (%s)', async (framing) => {
        const pieces = Array.from({ length: 10 }, (_, i) => Buffer.alloc(20_000, i))
        const whole = Buffer.concat(pieces)
        const headers = framing === 'Content-Length' ? { 'Content-Length': whole.length } : { [framing]: 'chunked' }
        const { status, text } = await request('/upload', { method: 'POST', headers }, async (to) => {
          for (const piece of pieces) {
            to.write(piece)
            await wait(20)
          }
          to.end()
        })
        expect(status).toBe(200)
        expect(JSON.parse(text)).toEqual({ length: 200_000, sha256: createHash('sha256').update(whole).digest('hex') })
      })

      it('serves 200 requests side by side, each with its own response', async () => {
        const paths = Array.from({ length: 200 }, (_, i) => `/mine/${i}`)
        const seen = await Promise.all(paths.map((path) => environ(path)))
        expect(seen.map(({ PATH_INFO }) => PATH_INFO)).toEqual(paths)
      })

      const cuts = can(target.transport === 'tcp' ? 'cut' : 'cut-on-unix')
      it.runIf(cuts)('shows a client that a response is incomplete', async () => {
        const outcome = await get('/cut').then(
          ({ status }) => status,
          () => 'cut',
        )
        expect(['cut', 500, 502]).toContain(outcome)
      })

      it('logs the client and the request as HTTP does', async () => {
        await get('/logged?x')
        await backend.printed(/^127\.0\.0\.2 - - \[.*\] "GET \/logged\?x HTTP\/1\.1" 200 /m)
      })
    },
  )
})
