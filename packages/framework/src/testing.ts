/**
 * The entry `@tsgi/framework/testing`: requests to an application without a server and without a socket, each checked
 * against the contract. Only re-exports; nothing of the framework imports it. Runs anywhere.
 */
export type { TestResponse } from '@tsgi/contract/testing'
export { ResponseCutError } from '@tsgi/contract/testing'
export type { TestAgent } from './testing/agent.ts'
export { agent } from './testing/agent.ts'
export type { CookieJar } from './testing/cookie-jar.ts'
export type { RequestOptions } from './testing/exchange.ts'
export type { TestClient } from './testing/request.ts'
export { request } from './testing/request.ts'
export type { FormFields, MultipartFields, TestRequest } from './testing/test-request.ts'
export type { TestSocket } from './testing/test-socket.ts'
export { WebSocketRefusedError, type WebSocketRequest } from './testing/websocket-request.ts'
