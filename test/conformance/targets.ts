/** Servers of this workspace that run the conformance application, each in this process. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, Server as HttpServer } from 'node:http'
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conformanceApplication, type Target } from '@tsgi/conformance'
import type { Application, ErrorStream } from '@tsgi/contract'
import { mount, Application as Routes } from '@tsgi/framework'
import { toNodeListener } from '@tsgi/gateways'
import { type InProcessSettings, serve } from '@tsgi/server'
import { fileOf } from '../support/conformance-file.ts'

export interface OpenTarget {
  readonly target: Target
  readonly close: () => Promise<void>
}

const BODY_LIMIT = 50_000_000

/** Our server in this process. @param bind `127.0.0.1:0` or `unix:PATH`; FOLDER in it is a folder of its own. */
export async function openServer(
  bind: string,
  settings: InProcessSettings = {},
  application: Application = bareApplication(),
): Promise<OpenTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-conformance-'))
  const errorLogfile = join(folder, 'error.log')
  const server = await serve(application, {
    bind: [bind.replace('FOLDER', folder)],
    limitRequestBody: BODY_LIMIT,
    errorLogfile,
    gracefulTimeout: 1,
    ...settings,
  })
  return {
    target: {
      url: server.addresses[0] ?? '',
      bodyLimit: BODY_LIMIT,
      log: () => readFileSync(errorLogfile, 'utf8'),
      mount: '/site',
    },
    async close() {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What HTTP/2 itself lacks. */
export const HTTP2_LACKS = { 'C55-1': 'HTTP/2 has no reason phrase (RFC 9113 §8.3.2)' }

/** Our server over HTTP/2, by ALPN with a certificate and by prior knowledge without. */
export async function openHttp2(settings: InProcessSettings = {}, application?: Application): Promise<OpenTarget> {
  const { target, close } = await openServer('127.0.0.1:0', { ...settings, http2: true }, application)
  return { target: { ...target, protocol: 'h2', lacks: HTTP2_LACKS }, close }
}

const NODE_HTTP_LACKS = {
  upgrade: "node:http hands upgrades to its 'upgrade' event, not to a listener of requests",
  'C44-3': 'node:http sends 100 Continue before the listener is called',
  'K-7b': 'node:http takes the first of two Host fields',
}

/** `node:http` with our listener. */
export function openNodeHttp(application: Application = bareApplication()): Promise<OpenTarget> {
  return openNode(application, NODE_HTTP_LACKS, 'http/1.1', (listener) => createServer(listener))
}

/** `node:http2` over clear text, by its compatibility API. */
export function openNodeHttp2(application: Application = bareApplication()): Promise<OpenTarget> {
  // The compatibility API has the shape of node:http's messages, which is what the listener uses of them.
  return openNode(application, HTTP2_LACKS, 'h2', (listener) => createHttp2Server(listener as unknown as Http2Listener))
}

type Http2Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void

async function openNode(
  application: Application,
  lacks: Target['lacks'] & object,
  protocol: 'http/1.1' | 'h2',
  make: (listener: ReturnType<typeof toNodeListener>) => Server,
): Promise<OpenTarget> {
  const log: string[] = []
  const errors: ErrorStream = {
    write: (text) => void log.push(text),
    writelines: (lines) => void log.push(...lines),
    flush: () => undefined,
  }
  const server = make(toNodeListener(application, { errors }))
  return {
    target: { url: await listening(server), protocol, log: () => log.join(''), mount: '/site', lacks },
    close: () => closed(server),
  }
}

/** @returns the URL of a server that listens on a free port. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return `http://127.0.0.1:${port}`
}

export async function closed(server: Server): Promise<void> {
  server.close()
  if (server instanceof HttpServer) server.closeAllConnections()
  await once(server, 'close')
}

/** The same callable at the root and, by a router, below `/site`. */
export function bareApplication(): Application {
  const bare = conformanceApplication({ fileOf })
  const mounted = new Routes([mount('/site', bare)])
  return (environ, startResponse) =>
    /^\/site(?:\/|$)/.test(environ.PATH_INFO) ? mounted(environ, startResponse) : bare(environ, startResponse)
}
