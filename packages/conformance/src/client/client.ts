/** How a row asks: one request on a connection of its own, over HTTP/1.1 or HTTP/2. */
import { Connection } from './connection.ts'
import { askOverHttp2 } from './http2.ts'
import { type Answer, type Question, requestBytes } from './message.ts'

export interface Client {
  ask(question: Question): Promise<Answer>
  /** Asks, reads until `enough` of the response is there, and leaves. */
  leave(question: Question, enough: (received: Buffer) => boolean): Promise<void>
}

export function http1Client(url: string): Client {
  return {
    async ask(question) {
      const connection = new Connection(url)
      try {
        connection.send(requestBytes(question))
        return await connection.response(question.method)
      } finally {
        connection.destroy()
      }
    },
    async leave(question, enough) {
      const connection = new Connection(url)
      connection.send(requestBytes(question))
      try {
        await connection.until(enough)
      } finally {
        connection.destroy()
      }
    },
  }
}

export function http2Client(url: string): Client {
  return {
    ask: (question) => askOverHttp2(url, question),
    leave: async (question, enough) => {
      await askOverHttp2(url, question, enough)
    },
  }
}
