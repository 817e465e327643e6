/**
 * The exchange for those who write a transport: one request and its response, the environ, the input and the sink. The
 * server of this project is made of it; so can your own gateway. Only re-exports.
 */
export { plainAddress } from './exchange/address.ts'
export { ApplicationLife, endWithin } from './exchange/application-life.ts'
export { concat, toBytes } from './exchange/bytes.ts'
export { cgiHeaderName, cgiHeaderValue } from './exchange/cgi-header.ts'
export {
  type ConnectionFacts,
  type EnvironTemplate,
  environTemplate,
  makeEnviron,
  repeatEnviron,
} from './exchange/environ.ts'
export { sendErrorResponse } from './exchange/error-response.ts'
export { Exchange } from './exchange/exchange.ts'
export { BodyInput, EMPTY_INPUT, type InputSource, inputError, limited } from './exchange/input.ts'
export { LoopTurn } from './exchange/loop-turn.ts'
export { requestLabel, writeEntry } from './exchange/report.ts'
export type { FileSpan, ResponseHead, Sink } from './exchange/sink.ts'
