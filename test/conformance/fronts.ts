/**
 * Real web servers in front of our server, over HTTP and over the protocols of fronts, each with a configuration of its own
 * on an address of its own; and what each of them lacks.
 */
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Target } from '@tsgi/conformance'
import type { Application } from '@tsgi/contract'
import { GATEWAY_FRONTS } from '../deploy/gateway-fronts.ts'
import {
  apacheCommand,
  Front,
  haproxyCommand,
  hasProgram,
  nginxCommand,
  ownAddress,
  type Place,
  temporaryFolder,
} from '../support/front.ts'
import { LACKS, SOMETIMES } from './front-lacks.ts'
import { type OpenTarget, openServer } from './targets.ts'

type Lacks = NonNullable<Target['lacks']>

export interface FrontServer {
  readonly name: string
  readonly program: string
  readonly protocol: 'http' | 'uwsgi' | 'fastcgi' | 'scgi'
  /** @param backend `127.0.0.1:9000`. */
  readonly command: (place: Place, backend: string) => string[]
  readonly lacks: Lacks
}

const nginxHttp: FrontServer['command'] = (place, backend) =>
  nginxCommand(
    place,
    `server {
    listen ${place.address}:${place.httpPort}; client_max_body_size 60m;
    location / {
      proxy_pass http://${backend};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Forwarded "";
      proxy_request_buffering off; proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;
    }
  }`,
  )

const haproxyHttp: FrontServer['command'] = (place, backend) =>
  haproxyCommand(
    place,
    `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option forwardfor
frontend in
  bind ${place.address}:${place.httpPort}
  http-request del-header Forwarded
  default_backend app
backend app
  server one ${backend}\n`,
  )

const apacheHttp: FrontServer['command'] = (place, backend) =>
  apacheCommand(
    place,
    ['proxy', 'proxy_http'],
    `Listen ${place.address}:${place.httpPort}
AllowEncodedSlashes NoDecode
ProxyPreserveHost On
ProxyPass / "http://${backend}/" nocanon flushpackets=on\n`,
  )

/**
 * The parameters that Debian's nginx brings, and the client's own Host (docs/fronts.md). Chunks pass as they come; bodies of requests
 * do not over SCGI, whose CONTENT_LENGTH nginx makes of what it has collected.
 */
function nginxPass(protocol: 'uwsgi' | 'fastcgi' | 'scgi'): FrontServer['command'] {
  return (place, backend) =>
    nginxCommand(
      place,
      `server {
    listen ${place.address}:${place.httpPort}; client_max_body_size 60m;
    location / {
      include /etc/nginx/${protocol}_params;
      ${protocol}_param HTTP_HOST $http_host;
      ${protocol}_pass ${backend};
      ${protocol}_request_buffering ${protocol === 'scgi' ? 'on' : 'off'}; ${protocol}_buffering off; ${protocol}_buffer_size 64k; ${protocol}_buffers 8 64k; ${protocol}_busy_buffers_size 128k;
    }
  }`,
    )
}

/** A connection for each request: one whose client has left is read to its end, and keeps others on it waiting. */
const haproxyFastcgi: FrontServer['command'] = (place, backend) =>
  haproxyCommand(
    place,
    `defaults\n mode http\n timeout client 30s\n timeout server 30s\n timeout connect 5s\n http-reuse never
frontend web\n bind ${place.address}:${place.httpPort}\n default_backend app
backend app\n use-fcgi-app tsgi\n server one ${backend} proto fcgi
fcgi-app tsgi\n docroot /\n`,
  )

/** The fronts of the deployment tests, but for nginx, whose recipes refuse hosts and keep responses back, and HAProxy. */
const GATEWAYS = GATEWAY_FRONTS.map(({ name, program, protocol, command }) => ({
  ...{ name: name.replace(' ', ', '), program, protocol },
  command: program === 'nginx' ? nginxPass(protocol) : program === 'haproxy' ? haproxyFastcgi : command,
}))

const ALL: readonly Omit<FrontServer, 'lacks'>[] = [
  { name: 'nginx, proxy_pass', program: 'nginx', protocol: 'http', command: nginxHttp },
  { name: 'HAProxy', program: 'haproxy', protocol: 'http', command: haproxyHttp },
  { name: 'Apache, proxy_http', program: 'apache2', protocol: 'http', command: apacheHttp },
  ...GATEWAYS,
]

export const FRONTS: readonly FrontServer[] = ALL.map((front) => ({ ...front, lacks: LACKS[front.name] ?? {} }))

export function hasFront({ program }: FrontServer): boolean {
  return hasProgram(program)
}

/** Starts our server with the front before it. */
export async function openFront(front: FrontServer, application?: Application): Promise<OpenTarget> {
  const { protocol } = front
  const settings = protocol === 'http' ? { forwardedAllowIps: ['127.0.0.1'] } : { protocol }
  const behind = await openServer('127.0.0.1:0', settings, application)
  const folder = temporaryFolder()
  const place: Place = { folder, address: ownAddress(), httpPort: 8080, httpsPort: 8443, cert: '', key: '', both: '' }
  const running = await Front.start(place, front.command(place, new URL(behind.target.url).host), [place.httpPort])
  const url = `http://${place.address}:${place.httpPort}`
  while ((await fetch(`${url}/`).then(({ status }) => status)) === 503) await wait(50) // HAProxy asks first
  return {
    target: {
      ...behind.target,
      url,
      trusted: true,
      adds: ADDS,
      lacks: front.lacks,
      sometimes: SOMETIMES[front.name] ?? {},
    },
    async close() {
      await running.stop()
      await behind.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What fronts are known to add. */
const ADDS = ['HTTP_X_FORWARDED_FOR', 'HTTP_X_FORWARDED_HOST', 'HTTP_X_FORWARDED_SERVER', 'HTTP_X_FORWARDED_PROTO']
