/** `@tsgi/server/fetch`: the fetch gateway, under the name it had before `@tsgi/gateways`. Only re-exports. */

export { type FetchHandler, type FetchOptions, toFetchHandler } from '@tsgi/gateways/fetch'
