/**
 * Guards of `tsgi.websocket` and of the socket that it returns (SPEC C96, C97). Knows what each may be given and give.
 */
import { type CheckedExchange, isBytes } from './checked-exchange.ts'
import { show } from './contract-error.ts'
import type { Environ, MessageSocket, MessageSocketOptions } from './environ.ts'

type Accept = NonNullable<Environ['tsgi.websocket']>

export function guardWebSocket(accept: Accept, environ: Environ, exchange: CheckedExchange): Accept {
  const offered = environ.HTTP_SEC_WEBSOCKET_PROTOCOL
  return (options) => {
    const problem = findAcceptProblem(options, offered, exchange)
    if (problem !== undefined) throw exchange.toApplication('C96', 'application', `tsgi.websocket ${problem}`)
    const socket = accept(options)
    exchange.upgrade()
    return guardSocket(socket, exchange)
  }
}

/** Whether an `Upgrade` names WebSocket. */
export function isWebSocketOffer(upgrade: unknown): boolean {
  return typeof upgrade === 'string' && /(?:^|,)\s*websocket\s*(?:,|$)/i.test(upgrade)
}

/** For the test kit too. @returns what is wrong; undefined if nothing is. */
export function findProtocolProblem(options: MessageSocketOptions | undefined, offered: string | undefined) {
  const protocol: unknown = Object(options).protocol ?? ''
  const names = (offered ?? '').split(',').map((name) => name.trim())
  if (protocol === '' || (typeof protocol === 'string' && names.includes(protocol))) return undefined
  return `got the protocol ${show(protocol)}; the client must have offered it`
}

function findAcceptProblem(
  options: MessageSocketOptions | undefined,
  offered: string | undefined,
  exchange: CheckedExchange,
): string | undefined {
  if (exchange.head !== undefined || exchange.phase !== 'called')
    return 'was called after the response had begun; it must be called in its place'
  return findProtocolProblem(options, offered)
}

function guardSocket(socket: MessageSocket, exchange: CheckedExchange): MessageSocket {
  const refuse = (message: string) => exchange.toApplication('C97', 'application', message)
  return {
    closed: socket.closed,
    messages: { [Symbol.asyncIterator]: () => checkedMessages(socket, exchange) },
    send(message) {
      if (typeof message !== 'string' && !isBytes(message))
        throw refuse(`send of a WebSocket got ${show(message)}; it takes a string or a Uint8Array`)
      return socket.send(message)
    },
    close(code, reason = '') {
      const problem = findCloseProblem(code, reason)
      if (problem !== undefined) throw refuse(`close of a WebSocket got ${problem}`)
      socket.close(code, reason)
    },
  }
}

async function* checkedMessages(socket: MessageSocket, exchange: CheckedExchange): AsyncGenerator<string | Uint8Array> {
  for await (const message of socket.messages) {
    if (typeof message !== 'string' && !isBytes(message))
      throw exchange.toCaller(
        'C97',
        'server',
        `a WebSocket gave the message ${show(message)}; it must be text or bytes`,
      )
    yield message
  }
}

/** RFC 6455 §5.5.1, §7.4. For the test kit too. */
export function findCloseProblem(code: unknown, reason: unknown): string | undefined {
  const isRegistered = typeof code === 'number' && code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
  const isPrivate = typeof code === 'number' && code >= 3000 && code <= 4999
  if (code !== undefined && !(Number.isInteger(code) && (isRegistered || isPrivate)))
    return `the code ${show(code)}, which no close frame may carry`
  if (typeof reason !== 'string') return `the reason ${show(reason)}; it takes a string`
  return new TextEncoder().encode(reason).length > 123 ? 'a reason of more than 123 bytes' : undefined
}
