/** The public exports of `@tsgi/gateways`: other servers run our application. Only re-exports. */

export { type CgiOptions, runCgi } from './cgi.ts'
export {
  type FetchContext,
  type FetchHandler,
  type FetchHandlerOptions,
  type FetchOptions,
  toFetchHandler,
} from './fetch.ts'
export {
  type LambdaEvent,
  type LambdaHandler,
  type LambdaOptions,
  type LambdaResult,
  toLambdaHandler,
  toLambdaStreamHandler,
} from './lambda.ts'
export { type NodeListener, type NodeOptions, toNodeListener } from './node.ts'
