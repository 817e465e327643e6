/**
 * The one client of bare bytes: sends what it is given, and takes apart what came back, message by message. Uses no HTTP
 * library, so that tests see what a client sees.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly reason: string
  /** As they came, in order; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** As they came, in order; names as they were written. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Without framing; latin-1. */
  readonly body: string
  /** False when the connection ended before the message did. */
  readonly complete: boolean
}

export class RawClient {
  readonly socket: Socket
  #received = ''
  #ended = false
  #changed = Promise.withResolvers<void>()

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('latin1').on('data', (text) => this.#change(() => (this.#received += String(text))))
    this.socket.on('close', () => this.#change(() => (this.#ended = true))).on('error', () => undefined)
  }

  #change(act: () => void): void {
    act()
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  send(latin1: string): this {
    this.socket.write(latin1, 'latin1')
    return this
  }

  get received(): string {
    return this.#received
  }

  get ended(): boolean {
    return this.#ended
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#received) && !this.#ended) await this.#changed.promise
  }

  /** Takes the next message. @param method of the request it answers: HEAD has no body. */
  async response(method = 'GET'): Promise<RawResponse> {
    for (;;) {
      const { taken, response } = parseResponse(this.#received, method, this.#ended)
      if (response !== undefined) {
        this.#received = this.#received.slice(taken)
        return response
      }
      if (this.#ended) throw new Error(`the connection ended after ${JSON.stringify(this.#received)}`)
      await this.#changed.promise
    }
  }

  async closed(): Promise<void> {
    if (!this.#ended) await once(this.socket, 'close')
  }

  destroy(): void {
    this.socket.destroy()
  }
}

/** Sends bytes. @returns all that comes until the server ends the connection, however it does, as latin-1 text. */
export function exchangeRaw(port: number, request: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request, 'latin1'))
    let text = ''
    socket.setEncoding('latin1').on('data', (part) => {
      text += String(part)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

/**
 * Takes apart what a connection brought until it ended: interim responses, then the final one.
 * @returns them, and the text behind them.
 */
export function parseResponses(text: string, method: string): readonly [responses: RawResponse[], rest: string] {
  const responses: RawResponse[] = []
  for (let rest = text; ; ) {
    const { taken, response } = parseResponse(rest, method, true)
    rest = rest.slice(taken)
    if (response !== undefined) responses.push(response)
    if (response === undefined || response.status >= 200) return [responses, rest]
  }
}

interface Parsed {
  readonly taken: number
  readonly response: RawResponse | undefined
}

const MORE: Parsed = { taken: 0, response: undefined }

function parseResponse(text: string, method: string, ended: boolean): Parsed {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return MORE
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
  })
  const headers = fields.map(([name, value]) => [name.toLowerCase(), value] as const)
  const status = Number(statusLine.slice(9, 12))
  const head = { status, reason: statusLine.slice(13), headers, fields }
  const body = parseBody(text.slice(end + 4), head, method, ended)
  return body === undefined ? MORE : { taken: end + 4 + body.taken, response: { ...head, ...body } }
}

function parseBody(
  rest: string,
  head: Pick<RawResponse, 'status' | 'headers'>,
  method: string,
  ended: boolean,
): { taken: number; body: string; complete: boolean } | undefined {
  const field = (name: string) => head.headers.find(([key]) => key === name)?.[1]
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) {
    return { taken: 0, body: '', complete: true }
  }
  const length = field('content-length')
  if (length !== undefined) {
    const complete = rest.length >= Number(length)
    return complete || ended
      ? { taken: Math.min(rest.length, Number(length)), body: rest.slice(0, Number(length)), complete }
      : undefined
  }
  if (field('transfer-encoding') === 'chunked') return parseChunks(rest, ended)
  return ended ? { taken: rest.length, body: rest, complete: true } : undefined
}

function parseChunks(rest: string, ended: boolean): { taken: number; body: string; complete: boolean } | undefined {
  let at = 0
  let body = ''
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20))
    const size = Number.parseInt(line?.[1] ?? '', 16)
    const begin = at + (line?.[0].length ?? 0)
    if (line === null || rest.length < begin + size + 2) {
      return ended ? { taken: rest.length, body: body + rest.slice(begin), complete: false } : undefined
    }
    if (size === 0) return { taken: begin + 2, body, complete: true }
    body += rest.slice(begin, begin + size)
    at = begin + size + 2
  }
}
