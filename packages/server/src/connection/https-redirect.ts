/**
 * Plain HTTP on a socket of HTTPS: recognised by its first byte, and sent to the same target by https. Knows the
 * protocols by their first byte; an own application answers.
 */
import type { Application } from '@tsgi/contract'
import { ConnectionContext, type ConnectionSettings } from './connection-context.ts'
import { serveHttp1 } from './http1-connection.ts'
import type { Protocol } from './protocol.ts'

/** RFC 8446 §5.1: a handshake record. No method of HTTP begins with this byte. */
export const TLS_HANDSHAKE_BYTE = 0x16

/** @param port where HTTPS is; 443 is not named. */
export function redirectProtocol(settings: Omit<ConnectionSettings, 'application'>, port: number): Protocol {
  const context = new ConnectionContext({ ...settings, application: redirectApplication(port) })
  // Nothing is lost by it: the client comes again on another connection anyway.
  context.draining = true
  return (socket, _context, peer) => serveHttp1(socket, context, peer)
}

/** 308 keeps the method (RFC 9110 §15.4.9). A request without a host has nowhere to go. */
export function redirectApplication(port: number): Application {
  return (environ, startResponse) => {
    const host = (environ.HTTP_HOST ?? '').replace(/:\d*$/, '')
    if (host === '' || !environ.REQUEST_URI.startsWith('/')) {
      startResponse('400 Bad Request', [['Content-Type', 'text/plain']])
      return 'HTTPS is wanted here\n'
    }
    const location = `https://${host}${port === 443 ? '' : `:${port}`}${environ.REQUEST_URI}`
    startResponse('308 Permanent Redirect', [['Location', location]])
    return ''
  }
}
