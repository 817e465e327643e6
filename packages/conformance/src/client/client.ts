/** How a row asks: one request on a connection of its own, over HTTP/1.1 or HTTP/2. */
import { Connection } from './connection.ts'
import { askOverHttp2 } from './http2.ts'
import { type Answer, type Question, requestBytes } from './message.ts'

export interface Client {
  ask(question: Question): Promise<Answer>
  /** Asks, reads until `enough` of the response is there, and leaves. */
  leave(question: Question, enough: (received: Buffer) => boolean): Promise<void>
  /** Ends what is still under way: a row that has taken too long leaves nothing behind. */
  close(): void
}

export function http1Client(url: string): Client {
  const open = new Set<Connection>()
  const on = async <Result>(use: (connection: Connection) => Promise<Result>): Promise<Result> => {
    const connection = new Connection(url)
    open.add(connection)
    try {
      return await use(connection)
    } finally {
      connection.destroy()
      open.delete(connection)
    }
  }
  return {
    ask: (question) => on((connection) => connection.send(requestBytes(question)).response(question.method)),
    leave: (question, enough) => on((connection) => connection.send(requestBytes(question)).until(enough)),
    close() {
      for (const connection of open) connection.destroy()
    },
  }
}

export function http2Client(url: string): Client {
  const ended = new AbortController()
  return {
    ask: (question) => askOverHttp2(url, question, { signal: ended.signal }),
    leave: async (question, enough) => {
      await askOverHttp2(url, question, { enough, signal: ended.signal })
    },
    close: () => ended.abort(),
  }
}
