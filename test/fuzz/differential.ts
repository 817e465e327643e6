/**
 * Plays a stream to our connection and to Node's own parser (llhttp, through `node:http`), and holds what the two
 * applications were asked side by side. Where both accept a request they must agree on all of it; where they do not,
 * the difference must be one that docs/http-differences.md lists.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Application } from '@tsgi/contract'
import { FakeSocket } from '../support/fake-socket.ts'
import { contextFor, type End, replay } from '../wire/replay.ts'
import { joined } from './generate.ts'

/** A request as an application was asked it, complete with its body. */
export interface Asked {
  readonly method: string
  readonly target: string
  readonly minor: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Ours {
  readonly asked: readonly Asked[]
  readonly sent: string
  readonly end: End
}

export interface Theirs {
  readonly asked: readonly Asked[]
  /** Node refused something, or ended the connection. */
  readonly refused: boolean
}

/** Our side, the stream cut as given. */
export async function playToOurs(pieces: Iterable<Buffer>): Promise<Ours> {
  const asked: Asked[] = []
  const { sent, end } = await replay(pieces, contextFor(recorder(asked)))
  return { asked, sent, end }
}

function recorder(asked: Asked[]): Application {
  return async (environ, startResponse) => {
    const body = Buffer.from(await environ['wsgi.input'].read()).toString('latin1')
    const entries = Object.entries(environ).filter(([key]) => /^(HTTP|CONTENT)_/.test(key))
    asked.push({
      method: environ.REQUEST_METHOD,
      target: environ.REQUEST_URI,
      minor: environ.SERVER_PROTOCOL.slice(-1),
      headers: Object.fromEntries(entries.map(([key, value]) => [key, String(value)])),
      body,
    })
    startResponse('200 OK', [])
    return 'ok'
  }
}

/** Node's side. One server plays many streams; `close` it at the end. */
export class NodeSide {
  readonly #server: Server
  #asked: Asked[] = []
  #refused = false

  constructor() {
    this.#server = createServer((request, response) => this.#record(request, response))
    // Listed: an empty Expect asks for nothing. Node answers 417 to it, as to what it does not know.
    this.#server.on('checkExpectation', (request, response) => {
      if (request.headers.expect === '') this.#record(request, response)
      else response.writeHead(417).end()
    })
    // Nothing is done about an error: requests before it are still to be told, and the socket ends with the case.
    this.#server.on('clientError', () => {
      this.#refused = true
    })
  }

  async play(octets: Buffer): Promise<Theirs> {
    const socket = new FakeSocket()
    this.#asked = []
    this.#refused = false
    const asked = this.#asked
    socket.on('error', () => undefined)
    this.#server.emit('connection', socket)
    await turns(1)
    socket.feed(octets)
    for (let still = 0, before = -1; still < 4; still++) {
      await turns(1)
      if (asked.length + socket.sent.length !== before) still = 0
      before = asked.length + socket.sent.length
    }
    const refused = this.#refused || socket.ended || /^HTTP\/1\.1 4/m.test(socket.sent)
    socket.destroy()
    return { asked, refused }
  }

  #record(request: IncomingMessage, response: ServerResponse): void {
    const asked = this.#asked
    const parts: Buffer[] = []
    request.on('error', () => undefined)
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (!request.complete) return
      const fields = request.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 ? [[name, all[index + 1] ?? ''] as const] : [],
      )
      asked.push({
        method: request.method ?? '',
        target: request.url ?? '',
        minor: String(request.httpVersionMinor),
        headers: joined(fields),
        body: Buffer.concat(parts).toString('latin1'),
      })
      response.end('ok')
    })
  }

  close(): void {
    this.#server.close()
  }
}

/**
 * @returns what the two disagree about; `undefined` where they agree, or where one of them has refused what the other
 *   took: a refusal ends the connection, so it can only cut the shorter row short.
 */
export function disagreement(ours: Ours, theirs: Theirs): string | undefined {
  const both = Math.min(ours.asked.length, theirs.asked.length)
  for (let index = 0; index < both; index++) {
    const [mine, other] = [
      JSON.stringify(comparable(ours.asked[index])),
      JSON.stringify(comparable(theirs.asked[index])),
    ]
    if (mine !== other) return `request ${index}: ours ${mine}, llhttp ${other}`
  }
  if (theirs.asked.length > both && ours.end !== 'closed') {
    return `llhttp saw ${theirs.asked.length} requests, ours ${ours.asked.length} and is ${ours.end}`
  }
  if (ours.asked.length > both && !theirs.refused && !endsRowForNode(theirs.asked.at(-1))) {
    return `ours saw ${ours.asked.length} requests, llhttp ${theirs.asked.length} and refused nothing`
  }
  return undefined
}

/** Listed: llhttp takes what follows an offered upgrade for another protocol; for us it is HTTP (RFC 9110 §7.8). */
function endsRowForNode(asked: Asked | undefined): boolean {
  return asked?.headers.HTTP_UPGRADE !== undefined
}

/**
 * Without what is listed as different: the Host that an absolute-form target replaces (RFC 9112 §3.2.2), and what a
 * client that nobody trusts says of itself as if it were a proxy.
 */
function comparable(asked: Asked | undefined): unknown {
  if (asked === undefined) return undefined
  const headers = Object.entries(asked.headers).sort(([a], [b]) => (a < b ? -1 : 1))
  const isAbsolute = !/^[/*]/.test(asked.target)
  const listed = (name: string) => (isAbsolute && name === 'HTTP_HOST') || /^HTTP_(?:X_)?FORWARDED(?:_|$)/.test(name)
  return { ...asked, headers: headers.filter(([name]) => !listed(name)) }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
