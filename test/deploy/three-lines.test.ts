/**
 * Proxies with the usual three lines, which pass everything else on as the client wrote it, in front of the defaults of
 * `--forwarded-allow-ips`: every request has the right address, scheme and host, or is 400.
 */
import { rmSync } from 'node:fs'
import type http from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, ask, type Command, ROOT, serving } from '../support/command.ts'
import {
  apacheCommand,
  Front,
  HOST,
  haproxyCommand,
  hasProgram,
  lighttpdCommand,
  nginxCommand,
  ownAddress,
  type Place,
  temporaryFolder,
} from '../support/front.ts'
import { HEADERS } from './headers.ts'

const CLIENT = '127.0.0.2'

const nginx = (xff: string) => (place: Place, port: number) =>
  nginxCommand(
    place,
    `server { listen ${place.address}:${place.httpPort}; location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1;
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For ${xff}; proxy_set_header X-Forwarded-Proto $scheme; } }`,
  )

const FRONTS: readonly (readonly [string, string, (place: Place, port: number) => string[]])[] = [
  ['nginx that appends', 'nginx', nginx('$proxy_add_x_forwarded_for')],
  ['nginx that replaces', 'nginx', nginx('$remote_addr')],
  [
    'HAProxy with option forwardfor',
    'haproxy',
    (place, port) =>
      haproxyCommand(
        place,
        `defaults\n mode http\n timeout client 9s\n timeout server 9s\n timeout connect 9s\n option forwardfor
listen all\n bind ${place.address}:${place.httpPort}\n http-request set-header X-Forwarded-Proto http\n server one 127.0.0.1:${port}\n`,
      ),
  ],
  [
    'Apache',
    'apache2',
    (place, port) =>
      apacheCommand(
        place,
        ['headers', 'proxy', 'proxy_http'],
        `Listen ${place.address}:${place.httpPort}\nProxyPreserveHost On\nRequestHeader set X-Forwarded-Proto http\nProxyPass / http://127.0.0.1:${port}/`,
      ),
  ],
  [
    'lighttpd',
    'lighttpd',
    (place, port) =>
      lighttpdCommand(
        place,
        `server.modules = ( "mod_proxy" )\nproxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => ${port} ) ) )`,
      ),
  ],
]

let backend: Command
beforeAll(async () => {
  const app = [join(ROOT, 'test/deploy/application.ts:application'), '--bind', '127.0.0.1:0']
  backend = await serving([...app, '--forwarded-allow-ips', '127.0.0.1'])
})
afterAll(() => backend.kill())

describe.each(FRONTS)('%s', (_, program, command) => {
  const missing = !hasProgram(program)
  describe.skipIf(missing)(missing ? `needs ${program}, which is not installed` : 'in front of the defaults', () => {
    let front: Front
    beforeAll(async () => {
      const [folder, address] = [temporaryFolder(), ownAddress()]
      const place: Place = { folder, address, httpPort: 8080, httpsPort: 8443, cert: '', key: '', both: '' }
      front = await Front.start(place, command(place, backend.port), [place.httpPort])
    })
    afterAll(async () => {
      await front?.stop()
      if (front !== undefined) rmSync(front.place.folder, { recursive: true, force: true })
    })

    function get(headers: http.OutgoingHttpHeaders): Promise<Answer> {
      const { address, httpPort } = front.place
      const options = { host: address, port: httpPort, path: '/who', localAddress: CLIENT, agent: false }
      return ask(options, { headers: { Host: HOST, ...headers } })
    }

    it.each(HEADERS)('knows the client, or refuses: %s', async (what, headers) => {
      const { status, text } = await get(headers)
      if (what === 'nothing') expect(status).toBe(200)
      if (status !== 200) return expect(status).toBe(400)
      expect(JSON.parse(text)).toMatchObject({ REMOTE_ADDR: CLIENT, HTTP_HOST: HOST, scheme: 'http' })
      expect(text).not.toContain('evil.example')
    })

    it.each(['for=127.0.0.1', 'by=x', 'proto=http', 'for=unknown'])(
      'is no longer fooled by Forwarded: %s',
      async (Forwarded) => {
        expect((await get({ Forwarded })).status).toBe(400)
      },
    )
  })
})
