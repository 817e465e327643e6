/** The public exports of `@tsgi/server`. Only re-exports. Without `node:`, use `@tsgi/server/fetch`. */

export { type FetchHandler, type FetchOptions, toFetchHandler } from '@tsgi/gateways/fetch'
export { type NodeListener, toNodeListener } from '@tsgi/gateways/node'
export { ConfigError } from './config/config-error.ts'
export { defineConfig } from './config/config-file.ts'
export type { ServerHooks, WorkerExit } from './config/hooks.ts'
export type { Config, InProcessSettings, Settings } from './config/options.ts'
export {
  type FetchHandler as GuestFetchHandler,
  type FetchHandlerOptions,
  fromFetchHandler,
} from './guests/fetch-handler.ts'
export { environOf, fromNodeHandler, type NodeHandler, type NodeHandlerOptions } from './guests/node-handler.ts'
export { type ServerHandle, serve } from './serve.ts'
