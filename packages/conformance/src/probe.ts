/** What a row works with: a token of its own, and ways to ask the target under it. Knows no row. */
import type { Client } from './client/client.ts'
import { Connection } from './client/connection.ts'
import { type Answer, type Question, requestBytes, text } from './client/message.ts'
import { check } from './expectation.ts'
import type { Notes } from './notes.ts'
import type { Target } from './target.ts'

export interface Way {
  readonly way?: string
  readonly argument?: string
}

type Seen = Omit<Notes, 'first'>

/** How long a row waits for something that must come. */
const PATIENCE_MS = 8000

let made = 0

export class Probe {
  readonly target: Target
  readonly token: string
  readonly #client: Client
  readonly #connections: Connection[] = []

  constructor(target: Target, client: Client) {
    this.target = target
    this.#client = client
    this.token = `${process.pid.toString(36)}-${(++made).toString(36)}-${Math.random().toString(36).slice(2)}`
  }

  /** One request on a connection of its own. */
  ask(question: Question & Way = {}): Promise<Answer> {
    return this.#client.ask(this.question(question))
  }

  /** Asks and leaves as soon as what has come fits. */
  leave(question: Question & Way, enough: (received: Buffer) => boolean): Promise<void> {
    return this.#client.leave(this.question(question), enough)
  }

  /** The environ that the application was given: its text values. */
  async environ(question: Question & Way = {}): Promise<Readonly<Record<string, string | undefined>>> {
    const answer = await this.ask(question)
    check(answer.status === 200, `expected 200 with the environ, got ${answer.status} ${text(answer).trim()}`)
    return JSON.parse(text(answer))
  }

  async json(question: Question & Way): Promise<unknown> {
    const answer = await this.ask(question)
    check(answer.status === 200, `expected 200, got ${answer.status} ${text(answer).trim()}`)
    return JSON.parse(text(answer))
  }

  /** With the headers that choose the way and carry the token. */
  question({ way, argument, ...question }: Question & Way): Question {
    const chosen: [string, string][] = [['X-Conformance-Token', this.token]]
    if (way !== undefined) chosen.push(['X-Conformance-Way', way])
    if (argument !== undefined) chosen.push(['X-Conformance-Argument', encodeURIComponent(argument)])
    return { ...question, headers: [...chosen, ...(question.headers ?? [])] }
  }

  bytes(question: Question & Way = {}): Uint8Array {
    return requestBytes(this.question(question))
  }

  /** The head of a request as text, for rows that send what no client would; `lines` come after the Host. */
  head(requestLine: string, lines: readonly string[] = [], way?: Way): string {
    const { headers = [] } = this.question(way ?? {})
    return [requestLine, 'Host: conformance.test', ...headers.map((pair) => pair.join(': ')), ...lines, '', ''].join(
      '\r\n',
    )
  }

  /** A connection of bare bytes, closed when the row ends. */
  connect(): Connection {
    const connection = new Connection(this.target.url)
    this.#connections.push(connection)
    return connection
  }

  async seen(): Promise<Seen> {
    const answer = await this.#client.ask(this.question({ way: 'seen' }))
    return JSON.parse(text(answer))
  }

  /** Waits until the notes fit, asking again. @throws UnexpectedError with the last notes */
  async seenUntil(fits: (seen: Seen) => boolean, what: string): Promise<Seen> {
    return this.until(() => this.seen(), fits, what)
  }

  /** Waits until the operator's log holds all of these, in order. Does nothing for a target without a log. */
  async logged(...parts: readonly string[]): Promise<void> {
    const { log } = this.target
    if (log === undefined) return
    await this.until(
      async () => log(),
      (all) => inOrder(all, parts),
      `the log does not have ${parts.join(', ')}`,
    )
  }

  async until<T>(ask: () => Promise<T>, fits: (value: T) => boolean, what: string): Promise<T> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const value = await ask()
      if (fits(value)) return value
      check(Date.now() < end, `${what}: ${JSON.stringify(value).slice(-400)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy()
    this.#client.close()
  }
}

function inOrder(all: string, parts: readonly string[]): boolean {
  let at = 0
  return parts.every((part) => {
    const found = all.indexOf(part, at)
    at = found + part.length
    return found !== -1
  })
}
