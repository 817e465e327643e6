/** `@tsgi/server/node`: the gateway for `node:http`, under the name it had before `@tsgi/gateways`. Only re-exports. */

export { type NodeListener, toNodeListener } from '@tsgi/gateways/node'
