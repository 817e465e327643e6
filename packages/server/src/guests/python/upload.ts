/**
 * A request body on its way to a worker, as far as the application reads: a window bounds what is under way. Knows its
 * source and a way to send; knows neither frames nor sockets.
 */
import { WINDOW_BYTES } from './frames.ts'

/** Takes one piece. `broken`: the rest will never come. */
export type SendPiece = (piece: Uint8Array, last: boolean, broken: boolean) => void

type State = 'waiting' | 'reading' | 'held' | 'over'

export class Upload {
  readonly lazy: boolean
  readonly #source: AsyncIterator<Uint8Array>
  #failed: (error: unknown) => void = () => undefined
  #send: SendPiece = () => undefined
  #room: number
  #rest: Uint8Array = NOTHING
  #state: State = 'waiting'

  constructor(source: AsyncIterable<Uint8Array>, lazy: boolean) {
    this.#source = source[Symbol.asyncIterator]()
    this.lazy = lazy
    this.#room = lazy ? 0 : WINDOW_BYTES
  }

  /** True while the client's next bytes are waited for. */
  get waitsForClient(): boolean {
    return this.#state === 'reading'
  }

  /** True when no byte will be sent any more. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** @param failed gets the error of the body. */
  begin(send: SendPiece, failed: (error: unknown) => void): void {
    this.#send = send
    this.#failed = failed
    this.#proceed()
  }

  /** The application has read so many bytes more. */
  giveRoom(bytes: number): void {
    this.#room += bytes
    if (this.#state === 'held') this.#proceed()
  }

  /** Nothing more is sent; the source is let go. */
  stop(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#rest = NOTHING
    // Not waited for: a source that still owes a piece would hold up its own end.
    this.#source.return?.().catch(() => undefined)
  }

  #proceed(): void {
    this.#state = 'held'
    while (this.#room > 0) {
      if (this.#rest.byteLength === 0) {
        this.#state = 'reading'
        this.#source.next().then(
          (step) => this.#arrived(step),
          (error) => this.#broke(error),
        )
        return
      }
      const piece = this.#rest.subarray(0, this.#room)
      this.#rest = this.#rest.subarray(piece.byteLength)
      this.#room -= piece.byteLength
      this.#send(piece, false, false)
    }
  }

  #arrived(step: IteratorResult<Uint8Array>): void {
    if (this.#state === 'over') return
    if (step.done === true) {
      this.#state = 'over'
      this.#send(NOTHING, true, false)
      return
    }
    this.#rest = step.value
    this.#proceed()
  }

  #broke(error: unknown): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#failed(error)
    this.#send(NOTHING, true, true)
  }
}

const NOTHING = new Uint8Array(0)
