/**
 * The parts of `node:http` that guests need. Not by `import`, which reads all exports of the module: one of them loads
 * Node's fetch, and delays the start by 15 to 30 ms. Knows nothing else.
 */
import type * as types from 'node:http'

const http = process.getBuiltinModule('node:http')

export const { IncomingMessage, METHODS, Server, ServerResponse, STATUS_CODES } = http
export type IncomingMessage = types.IncomingMessage
export type Server = types.Server
export type ServerResponse = types.ServerResponse
export const { Server: SecureServer } = process.getBuiltinModule('node:https')

/** Whether a value is a server of `node:http` or `node:https`. */
export function isHttpServer(value: unknown): value is Server {
  return value instanceof Server || value instanceof SecureServer
}
