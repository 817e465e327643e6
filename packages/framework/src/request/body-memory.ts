/**
 * The `wsgi.input` of a request whose body was read: it keeps what was read, so that a view behind a middleware, an error
 * handler behind a view, and any application behind both get the same body. Knows bytes; knows no types and limits.
 */
import type { Environ, Input } from '@tsgi/contract'
import type { Form } from './form.ts'

/** What was read so far. The limit is that of the first reader; there may be one byte more than it. */
export interface Reading {
  readonly limit: number
  readonly bytes: Promise<Uint8Array>
}

export class BodyMemory implements Input {
  readonly #input: Input
  /** Set by the first reader of the whole body. */
  reading: Reading | undefined
  /** Set by the first reader of a form. */
  form: Promise<Form> | undefined
  /** True once the parts of a form were taken from the input: the bytes are gone. */
  isStreamed = false
  /** Bytes of `reading` that were read again. */
  #position = 0

  constructor(input: Input) {
    this.#input = input
  }

  /** The memory of a request, made at the first call. It takes the place of the input in the environ. */
  static of(environ: Environ): BodyMemory {
    const { 'wsgi.input': input } = environ
    if (input instanceof BodyMemory) return input
    const memory = new BodyMemory(input)
    environ['wsgi.input'] = memory
    return memory
  }

  /** What the server gave, for the first reader. */
  get source(): Input {
    return this.#input
  }

  async read(size?: number): Promise<Uint8Array> {
    if (this.reading === undefined) return this.#input.read(size)
    const kept = await this.#keptBytes(size)
    if (kept.length === size) return kept
    const rest = await this.#input.read(size === undefined ? undefined : size - kept.length)
    return joined(kept, rest)
  }

  async readline(size?: number): Promise<Uint8Array> {
    if (this.reading === undefined) return this.#input.readline(size)
    const kept = await this.#keptBytes(size)
    const end = kept.indexOf(LF) + 1
    if (end > 0) {
      this.#position -= kept.length - end
      return kept.subarray(0, end)
    }
    if (kept.length === size) return kept
    const rest = await this.#input.readline(size === undefined ? undefined : size - kept.length)
    return joined(kept, rest)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    const kept = this.reading === undefined ? EMPTY : await this.#keptBytes()
    if (kept.length > 0) yield kept
    yield* this.#input
  }

  /** Takes the next bytes of those that are kept; the rest of the body is still in the input. */
  async #keptBytes(size = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const bytes = (await this.reading?.bytes) ?? EMPTY
    const kept = bytes.subarray(this.#position, Math.min(bytes.length, this.#position + size))
    this.#position += kept.length
    return kept
  }
}

const LF = 0x0a
const EMPTY = new Uint8Array(0)

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (second.length === 0) return first
  if (first.length === 0) return second
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}
