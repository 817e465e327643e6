/**
 * A FileBody that the sink reads by itself, from its descriptor (SPEC C69): decides whether it may, and knows until when
 * the descriptor must stay open. Used by the exchange only; calls no application.
 */
import type { Body, FileBody } from '@tsgi/contract'
import { isFileBody } from './chunks.ts'
import type { ResponseWriter } from './response-writer.ts'
import type { Sink } from './sink.ts'

/** False behind what `write` has sent, for then the framing may be chunked, and where the sink cannot: it is iterated. */
export function isTransferable(body: Body, sink: Sink, writer: ResponseWriter): body is FileBody {
  return sink.sendFile !== undefined && writer.state === 'started' && isFileBody(body)
}

export class FileTransfer {
  #isReading = false

  /** True while octets are read from the descriptor: closed now, its number could become another file's. */
  get isReading(): boolean {
    return this.#isReading
  }

  /** @param ended called once, when all has been sent, or it failed, or the sink has stopped; at once where nothing is to be sent. */
  begin({ fd, start, length }: FileBody, sink: Sink, writer: ResponseWriter, ended: (error?: Error) => void): void {
    const admitted = writer.admitFile(length)
    if (admitted === 0) {
      ended()
      return
    }
    this.#isReading = true
    sink.sendFile?.({ fd, start, length: admitted }, (error) => {
      this.#isReading = false
      if (error === undefined) writer.fileSent(admitted)
      ended(error)
    })
  }
}
