/** Servers of this workspace that run the conformance application, each in this process. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
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
export async function openServer(bind: string, settings: InProcessSettings = {}): Promise<OpenTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-conformance-'))
  const errorLogfile = join(folder, 'error.log')
  const server = await serve(application(), {
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

/** `node:http` with our listener. */
export async function openNodeHttp(): Promise<OpenTarget> {
  const log: string[] = []
  const errors: ErrorStream = {
    write: (text) => void log.push(text),
    writelines: (lines) => void log.push(...lines),
    flush: () => undefined,
  }
  const server = createServer(toNodeListener(application(), { errors }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const upgrade = "node:http hands upgrades to its 'upgrade' event, not to a listener of requests"
  return {
    target: {
      url: `http://127.0.0.1:${port}`,
      log: () => log.join(''),
      mount: '/site',
      lacks: {
        upgrade,
        'C44-3': 'node:http sends 100 Continue before the listener is called',
        'K-7b': 'node:http takes the first of two Host fields',
      },
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** `node:http2` over clear text, by its compatibility API. */
export async function openNodeHttp2(): Promise<OpenTarget> {
  const log: string[] = []
  const errors: ErrorStream = {
    write: (text) => void log.push(text),
    writelines: (lines) => void log.push(...lines),
    flush: () => undefined,
  }
  // The compatibility API has the shape of node:http's messages, which is what the listener uses of them.
  const listener = toNodeListener(application(), { errors }) as unknown as (
    request: Http2ServerRequest,
    response: Http2ServerResponse,
  ) => void
  const server = createHttp2Server(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    target: {
      url: `http://127.0.0.1:${port}`,
      protocol: 'h2',
      log: () => log.join(''),
      mount: '/site',
      lacks: HTTP2_LACKS,
    },
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}

/** The same callable at the root and, by a router, below `/site`. */
function application(): Application {
  const bare = conformanceApplication({ fileOf })
  const mounted = new Routes([mount('/site', bare)])
  return (environ, startResponse) =>
    /^\/site(?:\/|$)/.test(environ.PATH_INFO) ? mounted(environ, startResponse) : bare(environ, startResponse)
}
