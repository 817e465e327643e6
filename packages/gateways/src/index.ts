/** The public door of `@tsgi/gateways`: other servers host our application. Only re-exports. */

export {
  type FetchContext,
  type FetchHandler,
  type FetchHandlerOptions,
  type FetchOptions,
  toFetchHandler,
} from './fetch.ts'
export { type NodeListener, type NodeOptions, toNodeListener } from './node.ts'
