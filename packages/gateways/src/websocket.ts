/** The entry `@tsgi/gateways/websocket`: the platform's own WebSockets for `toFetchHandler`. Only re-exports. */
export type { BunServer, BunSocket, BunWebSocketHandlers } from './websocket/bun-socket.ts'
export { bunWebSocket } from './websocket/bun-socket.ts'
export type { AcceptedSocket, AcceptSocket, PlatformSockets } from './websocket/platform-socket.ts'
export { platformSockets } from './websocket/platform-socket.ts'
