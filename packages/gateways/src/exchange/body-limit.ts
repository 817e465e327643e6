/** The option `bodyLimit` of the gateways. The limit itself is `limited` of exchange/input. */
import { BODY_LIMIT_BYTES } from './input.ts'

/** @throws TypeError one line, for what is no number of bytes. */
export function checkBodyLimit(where: string, value: number = BODY_LIMIT_BYTES): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError(`${where}: bodyLimit is ${String(value)}; it must be a whole number of bytes, 0 or more`)
}
