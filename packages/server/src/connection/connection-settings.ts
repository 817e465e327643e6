/** From the values of the option table to what connections are served with. Seconds become milliseconds here only. */

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import { DEFAULT_LIMITS, type Limits } from '../http1/limits.ts'
import { ForwardedTrust } from '../proxy/forwarded-trust.ts'
import { TrustedPeers } from '../proxy/trusted-peers.ts'
import { serveScgi, serveUwsgi } from './cgi-connection.ts'
import { serveFastcgi } from './fastcgi-connection.ts'
import { Handshake } from './handshake.ts'
import { serveHttp1 } from './http1-connection.ts'
import type { Protocol } from './protocol.ts'
import type { Clocks } from './timeouts.ts'

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
  return new ForwardedTrust({ peers: config.forwardedAllowIps, fields: config.forwardedFields, notice })
}

/** What is spoken on the application's sockets. @throws ConfigError */
export function protocolOf(config: Config): Protocol {
  const { protocol } = config
  if (protocol === 'http') return serveHttp1
  if (config.certfile !== undefined)
    throw new ConfigError(
      `--protocol ${protocol} has no TLS: leave --certfile out, or let the front speak HTTPS with us`,
    )
  return { uwsgi: serveUwsgi, fastcgi: serveFastcgi, scgi: serveScgi }[protocol]
}

/** How addresses are shown: `http://127.0.0.1:8000`. */
export function schemeOf({ protocol, certfile }: Config): string {
  if (protocol !== 'http') return protocol
  return certfile === undefined ? 'http' : 'https'
}

/** What sockets go through before HTTP; `undefined` where that is nothing. @throws ConfigError */
export function handshakeOf(config: Config, refused: (reason: string) => void): Handshake | undefined {
  const tls = tlsOf(config)
  if (tls === undefined && config.proxyAllowFrom.length === 0) return undefined
  const proxies = config.proxyAllowFrom.length === 0 ? undefined : new TrustedPeers(config.proxyAllowFrom)
  const files = `--certfile ${config.certfile} with --keyfile ${config.keyfile ?? config.certfile} will not do`
  try {
    if (tls !== undefined) refuseForeignKey(tls)
    return new Handshake({ proxies, tls, headerTime: config.headerTimeout * 1000, refused })
  } catch (error) {
    throw new ConfigError(`${files}: ${error instanceof Error ? error.message : String(error)}`, undefined, error)
  }
}

/** OpenSSL keeps a certificate and a key of different kinds side by side and compares nothing: then no handshake succeeds. */
function refuseForeignKey({ cert, key }: { readonly cert: Buffer; readonly key: Buffer }): void {
  const certificate = new X509Certificate(cert)
  const privateKey = createPrivateKey(key)
  if (certificate.checkPrivateKey(privateKey)) return
  const kinds = [certificate.publicKey.asymmetricKeyType, privateKey.asymmetricKeyType]
  const why = kinds[0] === kinds[1] ? '' : `: it has a key of kind ${kinds[0]}, and the file one of kind ${kinds[1]}`
  const subject = certificate.subject?.replaceAll('\n', ', ') ?? 'without a subject'
  throw new Error(`the key is not that of the first certificate (${subject})${why}; the server's own comes first`)
}

function tlsOf({ certfile, keyfile }: Config): { readonly cert: Buffer; readonly key: Buffer } | undefined {
  if (certfile === undefined && keyfile === undefined) return undefined
  if (certfile === undefined) throw new ConfigError('--keyfile is given without --certfile: TLS needs both')
  // As gunicorn has it, and as some tools write it: one file with both.
  return { cert: readPem('--certfile', certfile), key: readPem('--keyfile', keyfile ?? certfile) }
}

function readPem(flag: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error
    throw new ConfigError(`${flag} ${file}: ${reason instanceof Error ? reason.message : reason}`)
  }
}
