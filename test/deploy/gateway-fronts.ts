/** Web servers that speak uwsgi, FastCGI and SCGI with us: real ones, each with the least configuration that does it. */
import { apacheCommand, haproxyCommand, lighttpdCommand, nginxCommand, type Place, recipe } from '../support/front.ts'

export type GatewayProtocol = 'uwsgi' | 'fastcgi' | 'scgi'

export interface GatewayFront {
  readonly name: string
  readonly program: string
  readonly protocol: GatewayProtocol
  /** @param backend `127.0.0.1:9000`, or `unix:/path`. */
  readonly command: (place: Place, backend: string) => string[]
  /** What it cannot do, as docs/fronts.md says. */
  readonly lacks: ReadonlySet<GatewayLack>
}

export type GatewayLack =
  | 'unix'
  /** An incomplete response without a length is seen on TCP only. */
  | 'cut-on-unix'
  | 'cut'
  /** The path reaches us as the client wrote it. */
  | 'raw-path'
  /** Several fields of one name stay apart, or are joined rightly. */
  | 'cookies'
  | 'chunked-upload'

/** The recipes of `examples/deploy/nginx`. */
function nginx(protocol: GatewayProtocol): GatewayFront['command'] {
  return (place, backend) =>
    nginxCommand(
      place,
      recipe(`nginx/${protocol}.conf`, {
        'listen 80': `listen ${place.address}:${place.httpPort}`,
        'server unix:/run/tsgi/app.sock': `server ${backend}`,
      }),
    )
}

function apache(protocol: GatewayProtocol): GatewayFront['command'] {
  const scheme = protocol === 'fastcgi' ? 'fcgi' : protocol
  return (place, backend) => {
    const target = backend.startsWith('unix:') ? `${backend}|${scheme}://localhost/` : `${scheme}://${backend}/`
    const site = `Listen ${place.address}:${place.httpPort}\nAllowEncodedSlashes NoDecode\nProxyPass / "${target}"\n`
    return apacheCommand(place, ['proxy', `proxy_${scheme}`], site)
  }
}

const haproxy: GatewayFront['command'] = (place, backend) =>
  haproxyCommand(
    place,
    `global\n tune.bufsize 32768
defaults\n mode http\n timeout client 60s\n timeout server 60s\n timeout connect 5s\n http-reuse always
frontend web\n bind ${place.address}:${place.httpPort}\n default_backend app
backend app\n use-fcgi-app tsgi\n server one ${backend.replace('unix:', 'unix@')} proto fcgi
fcgi-app tsgi\n docroot /\n option get-values\n option keep-conn\n option mpxs-conns\n option max-reqs 32\n`,
  )

function lighttpd(protocol: 'fastcgi' | 'scgi'): GatewayFront['command'] {
  return (place, backend) => {
    const [host = '', port = ''] = backend.split(':')
    const where = backend.startsWith('unix:')
      ? `"socket" => "${backend.slice(5)}"`
      : `"host" => "${host}", "port" => ${port}`
    const server = `( ( ${where}, "check-local" => "disable", "fix-root-scriptname" => "enable" ) )`
    const modules = `server.modules = ( "mod_${protocol}" )\nserver.max-request-field-size = 32768`
    return lighttpdCommand(place, `${modules}\n${protocol}.server = ( "/" => ${server} )\n`)
  }
}

const lacks = (...what: GatewayLack[]): ReadonlySet<GatewayLack> => new Set(what)

export const GATEWAY_FRONTS: readonly GatewayFront[] = [
  {
    name: 'nginx uwsgi_pass',
    program: 'nginx',
    protocol: 'uwsgi',
    command: nginx('uwsgi'),
    lacks: lacks('cut-on-unix'),
  },
  { name: 'nginx scgi_pass', program: 'nginx', protocol: 'scgi', command: nginx('scgi'), lacks: lacks('cut-on-unix') },
  {
    name: 'nginx fastcgi_pass',
    program: 'nginx',
    protocol: 'fastcgi',
    command: nginx('fastcgi'),
    lacks: lacks(),
  },
  {
    name: 'HAProxy fcgi-app',
    program: 'haproxy',
    protocol: 'fastcgi',
    command: haproxy,
    lacks: lacks('cookies', 'chunked-upload'),
  },
  {
    name: 'Apache mod_proxy_uwsgi',
    program: 'apache2',
    protocol: 'uwsgi',
    command: apache('uwsgi'),
    lacks: lacks('cut-on-unix', 'raw-path', 'cookies', 'chunked-upload'),
  },
  {
    name: 'Apache mod_proxy_scgi',
    program: 'apache2',
    protocol: 'scgi',
    command: apache('scgi'),
    lacks: lacks('cut', 'cut-on-unix', 'cookies', 'chunked-upload', 'unix'),
  },
  {
    name: 'Apache mod_proxy_fcgi',
    program: 'apache2',
    protocol: 'fastcgi',
    command: apache('fastcgi'),
    lacks: lacks('cookies'),
  },
  {
    name: 'lighttpd mod_fastcgi',
    program: 'lighttpd',
    protocol: 'fastcgi',
    command: lighttpd('fastcgi'),
    lacks: lacks('cut', 'cut-on-unix'),
  },
  {
    name: 'lighttpd mod_scgi',
    program: 'lighttpd',
    protocol: 'scgi',
    command: lighttpd('scgi'),
    lacks: lacks('cut', 'cut-on-unix'),
  },
]
