/**
 * The guard around what the application returned (SPEC C3, C48, C64, C67–C82). Keeps the kind of a body: bytes and
 * strings pass, arrays stay arrays, a `FileBody` keeps its span, and what was synchronous stays so.
 */
import type { Body, Chunk, Closeable, FileBody } from './body.ts'
import { BodyLife } from './body-life.ts'
import type { CheckedExchange } from './checked-exchange.ts'
import { show } from './contract-error.ts'

/** Checks the visible part of a body, and wraps the rest. `release` is called when the response has ended. */
export function guardBody(body: unknown, exchange: CheckedExchange, release: () => void): Body {
  if (typeof body === 'string' || ArrayBuffer.isView(body)) return guardWhole([body], body, exchange, release)
  if (typeof body !== 'object' || body === null) throw notABody(body, exchange)
  checkClose(body, exchange)
  if (isPlainArray(body)) return guardArray(body, exchange, release)
  if ('fd' in body && 'start' in body && 'length' in body) return guardFile(body, exchange, release)
  if (has(body, Symbol.asyncIterator)) return guardAsync(body, exchange, release)
  if (has(body, Symbol.iterator)) return guardSync(body, exchange, release)
  throw notABody(body, exchange)
}

function has(body: object, method: PropertyKey): boolean {
  return typeof Reflect.get(body, method) === 'function'
}

/** Closes, as a server would, a body that is not passed on because of a breach. */
export function abandon(body: unknown): void {
  if (typeof body !== 'object' || body === null || !('close' in body) || typeof body.close !== 'function') return
  try {
    Promise.resolve(body.close()).catch(ignore)
  } catch (error) {
    ignore(error)
  }
}

/** The breach is already thrown; an error of `close` would hide it. */
function ignore(_error: unknown): void {}

function notABody(body: unknown, exchange: CheckedExchange): Error {
  const wanted = 'a string, a Uint8Array, an iterable or async iterable of those, or a FileBody'
  return exchange.toCaller('C3', 'application', `the application returned ${show(body)}; it must return ${wanted}`)
}

function checkClose(body: object, exchange: CheckedExchange): void {
  if (!('close' in body) || body.close === undefined || typeof body.close === 'function') return
  throw exchange.toCaller('C82', 'application', `the body's close is ${show(body.close)}; it must be a function`)
}

/** An array with the standard iterator: its chunks are known without iteration. */
function isPlainArray(body: object): body is unknown[] & Closeable {
  return Array.isArray(body) && body[Symbol.iterator] === Array.prototype[Symbol.iterator]
}

/** A body whose chunks are all known: it is checked now, and the same body is passed on. */
function guardWhole<B>(chunks: readonly unknown[], body: B, exchange: CheckedExchange, release: () => void): B & Body {
  checkChunks(chunks, exchange)
  release()
  exchange.phase = 'ended'
  return body as B & Body // every chunk of it has just been checked
}

function checkChunks(chunks: readonly unknown[], exchange: CheckedExchange): void {
  for (const chunk of chunks) {
    const breach = exchange.takeChunk(chunk)
    if (breach !== undefined) throw exchange.toCaller(breach[0], 'application', breach[1])
  }
  const breach = exchange.takeEnd()
  if (breach !== undefined) throw exchange.toCaller(breach[0], 'application', breach[1])
}

function guardArray(body: unknown[] & Closeable, exchange: CheckedExchange, release: () => void): Body {
  if (body.close === undefined) return guardWhole(body, body, exchange, release)
  checkChunks(body, exchange)
  const life = new BodyLife(exchange, release, 'whole')
  const chunks = [...body] as Chunk[] // every one has just been checked
  return Object.assign(chunks, { close: () => life.close(() => body.close?.()) })
}

function guardFile(body: object, exchange: CheckedExchange, release: () => void): FileBody {
  const { fd, start, length, close } = body as FileBody // every member is checked before it is used
  for (const [name, value] of Object.entries({ fd, start, length })) {
    if (Number.isSafeInteger(value) && value >= 0) continue
    throw exchange.toCaller(
      'C69',
      'application',
      `a FileBody's ${name} is ${show(value)}; it must be an integer from 0`,
    )
  }
  if (!has(body, Symbol.asyncIterator) || typeof close !== 'function') {
    throw exchange.toCaller('C69', 'application', 'a FileBody must have close() and an async iterator')
  }
  const breach = exchange.takeFile(length)
  if (breach !== undefined) throw exchange.toCaller(breach[0], 'application', breach[1])
  // Its chunks are bytes: the life of a file lets no string through (C69).
  return Object.assign(guardAsync(body, exchange, release, 'file'), { fd, start, length }) as FileBody
}

function guardAsync(body: object, exchange: CheckedExchange, release: () => void, kind: 'stream' | 'file' = 'stream') {
  const source = body as AsyncIterable<unknown> & Closeable // it has the method; what it gives is checked by life
  const life = new BodyLife(exchange, release, kind)
  const guardIterator = (iterator: AsyncIterator<unknown>) => ({
    next: () => life.nextAsync(() => iterator.next()),
    return: async () => {
      await life.finish(() => iterator.return?.())
      return OVER
    },
  })
  const close = () => life.close(() => source.close?.())
  if (!isIterator(source)) {
    return {
      [Symbol.asyncIterator]() {
        life.iterate()
        return guardIterator(source[Symbol.asyncIterator]())
      },
      close,
    }
  }
  const guarded = {
    ...guardIterator(source),
    [Symbol.asyncIterator]() {
      life.iterate()
      return guarded
    },
    close,
  }
  return guarded
}

/** A generator is its own iterator; its guard must be one too, because a server can see the difference. */
function isIterator<Iterable extends object>(source: Iterable): source is Iterable & { next(): never } {
  return 'next' in source && typeof source.next === 'function'
}

function guardSync(body: object, exchange: CheckedExchange, release: () => void) {
  const source = body as Iterable<unknown> & Closeable // it has the method; what it gives is checked by life
  const life = new BodyLife(exchange, release, 'stream')
  const guardIterator = (iterator: Iterator<unknown>) => ({
    next: () => life.next(() => iterator.next()),
    return: () => {
      life.finish(() => iterator.return?.())
      return OVER
    },
  })
  const close = () => life.close(() => source.close?.())
  if (!isIterator(source)) {
    return {
      [Symbol.iterator]() {
        life.iterate()
        return guardIterator(source[Symbol.iterator]())
      },
      close,
    }
  }
  const guarded = {
    ...guardIterator(source),
    [Symbol.iterator]() {
      life.iterate()
      return guarded
    },
    close,
  }
  return guarded
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }
