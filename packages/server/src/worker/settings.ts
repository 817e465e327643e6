/** From the option table's values to what connections are served with. Units change here and nowhere else. */
import type { Config } from '../cli/options.ts'
import { DEFAULT_LIMITS, type Limits } from '../http1/limits.ts'
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
