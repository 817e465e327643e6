/** The public door of `@tsgi/gateways`: other servers host our application. Only re-exports. */

export { type FetchHandler, type FetchOptions, toFetchHandler } from './fetch.ts'
export { type NodeListener, toNodeListener } from './node.ts'
