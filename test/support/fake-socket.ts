/**
 * Both ends of a connection in one process, without a kernel in between: octets arrive exactly as they are cut.
 */
import { Duplex } from 'node:stream'

export class FakeSocket extends Duplex {
  /** All that the server sent, as latin-1 text. */
  sent = ''
  /** The server has sent its FIN, or is gone. */
  ended = false

  constructor() {
    super({ allowHalfOpen: true, autoDestroy: true })
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.sent += chunk.toString('latin1')
    done()
  }

  override _final(done: () => void): void {
    this.ended = true
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.ended = true
    done(error)
  }

  /** What the client sends next, as one read. */
  feed(octets: Buffer): void {
    if (!this.destroyed) this.push(octets)
  }

  /** The client's FIN. */
  halfClose(): void {
    if (!this.destroyed) this.push(null)
  }
}
