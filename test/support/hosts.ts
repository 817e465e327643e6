/**
 * The homes of guests, and ours: each starts on a port of its own and is ended by the test. A host is asked with a
 * request of the table and gives an Answer.
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Application, validate } from '@tsgi/contract'
import { toFetchHandler, toNodeListener } from '@tsgi/server'
import { ConnectionContext } from '../../packages/server/src/connection/connection-context.ts'
import { serveHttp1 } from '../../packages/server/src/connection/http1-connection.ts'
import { DEFAULT_CLOCKS } from '../../packages/server/src/connection/timeouts.ts'
import { DEFAULT_LIMITS } from '../../packages/server/src/http1/limits.ts'
import { type Answer, exchange, type TableRequest } from './raw-exchange.ts'

export interface Host {
  readonly name: string
  readonly port: number
  ask(request: TableRequest): Promise<Answer>
  /** What went to `wsgi.errors`. */
  readonly log: () => string
  close(): Promise<void>
}

/** `node:http`, the home of Node handlers. */
export function nodeHome(handler: RequestListener): Promise<Host> {
  return listening('node:http', createHttpServer(handler))
}

/** Our own HTTP/1.1 over sockets. */
export function gatewayHost(application: Application): Promise<Host> {
  const log: string[] = []
  const context = new ConnectionContext({
    application: validate(application, { onError: (error) => log.push(`${error.stack}\n`) }),
    limits: DEFAULT_LIMITS,
    clocks: DEFAULT_CLOCKS,
    errors: { write: (text) => log.push(text), writelines: (lines) => log.push(...lines), flush: () => undefined },
    multiprocess: false,
    earlyHints: true,
  })
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void serveHttp1(socket, context))
  return listening('the gateway server', server, log)
}

/** `node:http` again, with the contract in between. */
export function nodeHost(application: Application): Promise<Host> {
  return listening('toNodeListener', createHttpServer(toNodeListener(validate(application))))
}

/** No socket: a Request in, a Response out. */
export function fetchHost(application: Application): Host {
  const log: string[] = []
  const errors = { write: (text: string) => log.push(text), writelines: () => undefined, flush: () => undefined }
  const handler = toFetchHandler(validate(application))
  const ask = async (request: TableRequest): Promise<Answer> => {
    const response = await handler(fetchRequest(request), { errors, remoteAddr: '127.0.0.1' })
    return {
      status: response.status,
      reason: response.statusText,
      headers: [...response.headers],
      interim: [],
      ...(await bodyOf(response)),
    }
  }
  return { name: 'toFetchHandler', port: 0, ask, log: () => log.join(''), close: async () => undefined }
}

export function fetchRequest({ target, method = 'GET', headers = [], body, chunks }: TableRequest): Request {
  const list = headers.map(([name, value]): [string, string] => [name, value])
  const content = body ?? chunks?.join('')
  const host = list.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'example.test'
  return new Request(`http://${host}${target}`, {
    method,
    headers: list,
    ...(content === undefined ? {} : { body: Buffer.from(content) }),
  })
}

export async function bodyOf(response: Response): Promise<Pick<Answer, 'body' | 'whole'>> {
  let body = ''
  try {
    for await (const chunk of response.body ?? []) body += Buffer.from(chunk).toString('latin1')
    return { body, whole: true }
  } catch {
    return { body, whole: false }
  }
}

async function listening(name: string, server: Server, log: readonly string[] = []): Promise<Host> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo // a TCP server has one
  return {
    name,
    port: address.port,
    ask: (request) => exchange(address, request),
    log: () => log.join(''),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
