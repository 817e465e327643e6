/** Real proxies in front of our server, each with a configuration of its own on a free port; and what each of them lacks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target } from '@tsgi/conformance'
import { type OpenTarget, openServer } from './targets.ts'

const NGINX = '/usr/sbin/nginx'
const HAPROXY = '/usr/sbin/haproxy'

export const hasNginx: boolean = existsSync(NGINX)
export const hasHaproxy: boolean = existsSync(HAPROXY)

const OWN = 'nginx answers such a target by itself'
const NGINX_LACKS = {
  'asterisk-form': OWN,
  'absolute-form': 'nginx passes the path and the host on, not the target',
  'C16-7': OWN,
  'C25-2': 'nginx speaks HTTP/1.1 with the server',
  'C44-3': 'nginx answers 100 by itself',
  'C83-7': 'nginx ends the connection of HTTP/1.0 as if the response were whole',
  'C65-6': 'nginx sends a Server header of its own',
  'C86-2': 'this configuration passes no Upgrade on',
  upgrade: 'this configuration passes no Upgrade on',
}

/** nginx with `proxy_pass` over HTTP/1.1. */
export async function openNginx(lacks: Target['lacks'] = NGINX_LACKS): Promise<OpenTarget> {
  const behind = await openServer('127.0.0.1:0', { forwardedAllowIps: ['127.0.0.1'] })
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-nginx-'))
  mkdirSync(join(folder, 'temp'))
  const port = await freePort()
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 512; }
http {
  access_log off; client_max_body_size 60m;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/temp;`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${behind.target.url};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Forwarded "";
      proxy_request_buffering off; proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;
    }
  }
}\n`,
  )
  return front(
    spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' }),
    port,
    folder,
    behind,
    lacks,
  )
}

const HAPROXY_LACKS = {
  'absolute-form': 'HAProxy answers 400 where the target names another host',
  'abort-before-head': 'HAProxy goes on reading a response without option abortonclose',
  'C40-1': 'HAProxy does not pass the end of the client on before the body is whole',
  'large-head': 'a head of 30 KB is larger than tune.bufsize',
  'C83-7': 'HAProxy ends the connection of HTTP/1.0 as if the response were whole',
}

/** HAProxy in HTTP mode. */
export async function openHaproxy(lacks: Target['lacks'] = HAPROXY_LACKS): Promise<OpenTarget> {
  const behind = await openServer('127.0.0.1:0', { forwardedAllowIps: ['127.0.0.1'] })
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-haproxy-'))
  const port = await freePort()
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option forwardfor
frontend in
  bind 127.0.0.1:${port}
  http-request del-header Forwarded
  default_backend app
backend app
  server one ${new URL(behind.target.url).host}\n`,
  )
  const child = spawn(HAPROXY, ['-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  return front(child, port, folder, behind, lacks)
}

async function front(
  child: ChildProcess,
  port: number,
  folder: string,
  behind: OpenTarget,
  lacks: Target['lacks'],
): Promise<OpenTarget> {
  await listening(port)
  const adds = ['HTTP_X_FORWARDED_FOR']
  return {
    target: {
      ...behind.target,
      url: `http://127.0.0.1:${port}`,
      trusted: true,
      adds,
      ...(lacks === undefined ? {} : { lacks }),
    },
    async close() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await behind.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A port that was free a moment ago: proxies cannot choose one and say which. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    )
    socket.destroy()
    if (isOpen === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
