/**
 * The parts of `node:http` that guests need. Asked for as a whole: an `import` of it reads all of its exports, and one of
 * those loads Node's fetch, which a start waits 15 to 30 ms for. Knows nothing else.
 */
import type * as types from 'node:http'

const http = process.getBuiltinModule('node:http')

export const { IncomingMessage, METHODS, Server, ServerResponse, STATUS_CODES } = http
export type IncomingMessage = types.IncomingMessage
export type Server = types.Server
export type ServerResponse = types.ServerResponse
export const { Server: SecureServer } = process.getBuiltinModule('node:https')
