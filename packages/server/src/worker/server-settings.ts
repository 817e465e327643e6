/** From the option table's values to what connections are served with. Units change here and nowhere else. */

import { readFileSync } from 'node:fs'
import type { ErrorStream } from '@tsgi/contract'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/options.ts'
import { Handshake } from '../connection/handshake.ts'
import type { Clocks } from '../connection/timeouts.ts'
import { DEFAULT_LIMITS, type Limits } from '../http1/limits.ts'
import type { LoadOptions } from '../loader/loaded-application.ts'
import { TrustedPeers } from '../proxy/trusted-peers.ts'

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

/** The master gives up on a worker that has not loaded within a minute; before that Python says what it hangs at. */
const PYTHON_START_TIME = 50

/** @param errors where Python's own output goes; without, to the log of the request that it came with. */
export function loadOptionsOf(config: Config, errors?: ErrorStream): LoadOptions {
  return {
    interface: config.interface,
    dynamic: config.dynamic,
    charset: config.charset,
    python: {
      python: config.python,
      pythonPath: config.pythonpath,
      processes: config.pythonProcesses,
      threads: config.threads,
      timeout: config.timeout,
      gracefulTimeout: config.gracefulTimeout,
      startTimeout: PYTHON_START_TIME,
      backlog: config.backlog,
      errors,
    },
  }
}

/** What sockets go through before HTTP; `undefined` where that is nothing. @throws ConfigError */
export function doorwayOf(config: Config, refused: (reason: string) => void): Handshake | undefined {
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
