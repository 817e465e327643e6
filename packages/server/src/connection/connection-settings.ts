/** From the values of the option table to what connections are served with. Seconds become milliseconds here only. */

import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import { readTlsFiles } from '../config/tls-files.ts'
import { DEFAULT_LIMITS, type Limits } from '../http1/limits.ts'
import { ForwardedTrust } from '../proxy/forwarded-trust.ts'
import { TrustedPeers } from '../proxy/trusted-peers.ts'
import { serveScgi, serveUwsgi } from './cgi-connection.ts'
import type { ConnectionSettings } from './connection-context.ts'
import { serveFastcgi } from './fastcgi-connection.ts'
import { Handshake } from './handshake.ts'
import { serveHttp1 } from './http1-connection.ts'
import { redirectProtocol } from './https-redirect.ts'
import type { Protocol } from './protocol.ts'
import type { Clocks } from './timeouts.ts'
import { Tls } from './tls.ts'

export function limitsOf(config: Config): Limits {
  return {
    ...DEFAULT_LIMITS,
    requestLine: config.limitRequestLine,
    field: config.limitRequestFieldSize,
    fields: config.limitRequestFieldSize,
    fieldCount: config.limitRequestFields,
    body: config.limitRequestBody,
  }
}

export function clocksOf(config: Config): Clocks {
  return {
    headers: config.headerTimeout * 1000,
    body: config.bodyTimeout * 1000,
    minimumRate: config.bodyMinimumRate,
    keepAlive: config.keepAlive * 1000,
    write: config.writeTimeout * 1000,
    request: config.requestTimeout * 1000,
  }
}

/** Which proxies are believed. @param notice gets one line, once, about fields that were dropped. */
export function trustOf(config: Config, notice: (line: string) => void): ForwardedTrust {
  const { forwardedAllowIps: peers, forwardedFields: fields, traceAllowIps: tracePeers } = config
  return new ForwardedTrust({ peers, fields, tracePeers, notice })
}

/** What is spoken on the application's sockets. @throws ConfigError */
export function protocolOf(config: Config): Protocol {
  const { protocol } = config
  if (protocol === 'http') return serveHttp1
  if (config.http2) throw new ConfigError(`--http2 goes with --protocol http, not with ${protocol}`)
  if (config.certfile.length > 0)
    throw new ConfigError(
      `--protocol ${protocol} has no TLS: leave --certfile out, or let the front speak HTTPS with us`,
    )
  return { uwsgi: serveUwsgi, fastcgi: serveFastcgi, scgi: serveScgi }[protocol]
}

/** How addresses are shown: `http://127.0.0.1:8000`. */
export function schemeOf({ protocol, certfile }: Config): string {
  if (protocol !== 'http') return protocol
  return certfile.length === 0 ? 'http' : 'https'
}

/** What a worker gets from its master beside the configuration. */
export interface HandshakeSecrets {
  /** 48 bytes in base64, the same for all workers. */
  readonly ticketKeys?: string | undefined
}

/** What sockets go through before their protocol; `undefined` where that is nothing. @throws ConfigError */
export function handshakeOf(
  config: Config,
  refused: (reason: string) => void,
  { ticketKeys }: HandshakeSecrets = {},
): Handshake | undefined {
  const tls = tlsOf(config, ticketKeys)
  const http2 = config.http2 ? loadHttp2 : undefined
  if (tls === undefined && http2 === undefined && config.proxyAllowFrom.length === 0) return undefined
  const proxies = config.proxyAllowFrom.length === 0 ? undefined : new TrustedPeers(config.proxyAllowFrom)
  const plain = config.redirectToHttps ? redirectProtocol(redirectSettings(config), httpsPort(config)) : undefined
  return new Handshake({ proxies, tls, plain, http2, headerTime: config.headerTimeout * 1000, refused })
}

/** Only a server that speaks it pays for it. */
async function loadHttp2(): Promise<Protocol> {
  return (await import('./http2-connection.ts')).serveHttp2
}

function tlsOf(config: Config, ticketKeys: string | undefined): Tls | undefined {
  const files = readTlsFiles(config)
  if (files === undefined) return undefined
  try {
    return new Tls({
      files,
      minVersion: config.tlsMin === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
      ciphers: config.ciphers,
      isClientOptional: config.clientVerify === 'optional',
      ticketKeys: ticketKeys === undefined ? undefined : Buffer.from(ticketKeys, 'base64'),
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const given = config.ciphers === undefined ? '' : ` with --ciphers ${config.ciphers}`
    throw new ConfigError(`--certfile ${config.certfile.join(', ')}${given} will not do: ${reason}`, undefined, error)
  }
}

/** Its own log and counters stay without these requests: they are answered in the application's place. */
function redirectSettings(config: Config): Omit<ConnectionSettings, 'application'> {
  const errors = { write: () => undefined, writelines: () => undefined, flush: () => undefined }
  return { limits: limitsOf(config), clocks: clocksOf(config), errors, multiprocess: true }
}

function httpsPort({ bind }: Config): number {
  const first = bind.find((one) => one.kind === 'tcp')
  return first?.kind === 'tcp' ? first.port : 443
}
