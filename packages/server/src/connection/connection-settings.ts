/** From the values of the option table to what connections are served with. Seconds become milliseconds here only. */

import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import { DEFAULT_LIMITS, type Limits } from '../http1/limits.ts'
import { TrustedPeers } from '../proxy/trusted-peers.ts'
import { Handshake } from './handshake.ts'
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

/** What sockets go through before HTTP; `undefined` where that is nothing. @throws ConfigError */
export function handshakeOf(config: Config, refused: (reason: string) => void): Handshake | undefined {
  const tls = tlsOf(config)
  if (tls === undefined && config.proxyAllowFrom.length === 0) return undefined
  const proxies = config.proxyAllowFrom.length === 0 ? undefined : new TrustedPeers(config.proxyAllowFrom)
  try {
    return new Handshake({ proxies, tls, headerTime: config.headerTimeout * 1000, refused })
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new ConfigError(
      `--certfile ${config.certfile} with --keyfile ${config.keyfile ?? config.certfile} will not do: ${cause}`,
    )
  }
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
