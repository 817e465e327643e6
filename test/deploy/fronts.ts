/** The recipes of `examples/deploy` for one host, each with the program that runs it and the check that it has. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apacheCommand, haproxyCommand, lighttpdCommand, nginxCommand, type Place, recipe } from '../support/front.ts'

export interface Backend {
  readonly port: number
  /** Where `--metrics` answers. */
  readonly metricsPort: number
}

export interface Recipe {
  readonly name: string
  /** Below `examples/deploy`. */
  readonly file: string
  readonly program: string
  /** Words that run it, with its configuration written into the folder. */
  readonly command: (place: Place, backend: Backend) => string[]
  /** Words that only check the configuration; for a command that was made before. */
  readonly check: (place: Place) => string[]
  /** Answers for a host that is not ours. */
  readonly foreignHost: number
  /** Whether 103 reaches the client. */
  readonly hints: boolean
  /** Whether a client sees that a response is incomplete. */
  readonly cuts: boolean
}

const listen = ({ address, httpPort }: Place) => ({ 'listen 80': `listen ${address}:${httpPort}` })

export const RECIPES: readonly Recipe[] = [
  {
    name: 'nginx',
    file: 'nginx/tsgi.conf',
    program: 'nginx',
    command: (place, { port }) =>
      nginxCommand(
        place,
        recipe('nginx/tsgi.conf', {
          ...listen(place),
          'listen 443': `listen ${place.address}:${place.httpsPort}`,
          '127.0.0.1:8000': `127.0.0.1:${port}`,
          '/etc/ssl/certs/shop.example.pem': place.cert,
          '/etc/ssl/private/shop.example.key': place.key,
        }),
      ),
    check: ({ folder }) => ['nginx', '-t', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    foreignHost: 421,
    hints: false,
    cuts: true,
  },
  {
    name: 'haproxy',
    file: 'haproxy/haproxy.cfg',
    program: 'haproxy',
    command: (place, { port, metricsPort }) =>
      haproxyCommand(
        place,
        recipe('haproxy/haproxy.cfg', {
          'bind :80': `bind ${place.address}:${place.httpPort}`,
          'bind :443': `bind ${place.address}:${place.httpsPort}`,
          '/etc/haproxy/shop.example.pem': place.both,
          '127.0.0.1:8000': `127.0.0.1:${port}`,
          'port 9100': `port ${metricsPort}`,
        }),
      ),
    check: ({ folder }) => ['haproxy', '-c', '-f', join(folder, 'haproxy.cfg')],
    foreignHost: 421,
    hints: true,
    cuts: true,
  },
  {
    name: 'apache',
    file: 'apache/tsgi.conf',
    program: 'apache2',
    command: (place, { port }) =>
      apacheCommand(
        place,
        ['alias', 'headers', 'proxy', 'proxy_http', 'socache_shmcb', 'ssl'],
        `Listen ${place.address}:${place.httpPort}\nListen ${place.address}:${place.httpsPort}\n${recipe(
          'apache/tsgi.conf',
          {
            '*:80>': `${place.address}:${place.httpPort}>`,
            '*:443>': `${place.address}:${place.httpsPort}>`,
            '127.0.0.1:8000': `127.0.0.1:${port}`,
            '/etc/ssl/certs/shop.example.pem': place.cert,
            '/etc/ssl/private/shop.example.key': place.key,
          },
        )}`,
      ),
    check: ({ folder }) => ['apache2', '-t', '-d', folder, '-f', join(folder, 'apache.conf')],
    foreignHost: 421,
    hints: true,
    cuts: true,
  },
  {
    name: 'caddy',
    file: 'caddy/Caddyfile',
    program: 'caddy',
    command: (place, { port }) => {
      const site = recipe('caddy/Caddyfile', {
        'shop.example {': `https://shop.example {\n\tbind ${place.address}\n\ttls ${place.cert} ${place.key}`,
        '127.0.0.1:8000': `127.0.0.1:${port}`,
      })
      const own = `{\n\tadmin off\n\thttp_port ${place.httpPort}\n\thttps_port ${place.httpsPort}\n\tstorage file_system ${place.folder}\n}\n`
      writeFileSync(join(place.folder, 'Caddyfile'), `${own}${site}`)
      return ['caddy', 'run', '--config', join(place.folder, 'Caddyfile'), '--adapter', 'caddyfile']
    },
    check: ({ folder }) => ['caddy', 'validate', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
    foreignHost: 200,
    hints: true,
    // Caddy 2.6 logs the failure, and ends the response as if it were whole.
    cuts: false,
  },
  {
    name: 'lighttpd',
    file: 'lighttpd/tsgi.conf',
    program: 'lighttpd',
    command: (place, { port }) =>
      lighttpdCommand(
        place,
        recipe('lighttpd/tsgi.conf', {
          '":443"': `"${place.address}:${place.httpsPort}"`,
          '/etc/ssl/private/shop.example.pem': place.both,
          '"port" => 8000': `"port" => ${port}`,
        }),
      ),
    check: ({ folder }) => ['lighttpd', '-tt', '-f', join(folder, 'lighttpd.conf')],
    foreignHost: 403,
    hints: true,
    cuts: true,
  },
]
