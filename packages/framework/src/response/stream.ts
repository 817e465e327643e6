/**
 * A body that is made while it is sent, as a Response. The server pulls it as fast as the client reads, and ends it
 * (`return()`, `close()`) when the client has gone.
 */
import type { Body, Chunk, HeaderList } from '@tsgi/contract'
import { headersWith } from '../http/header-list.ts'
import { Response } from './response.ts'

/** Anything that gives chunks: a generator, a list, a `ReadableStream`. */
export type ChunkSource = AsyncIterable<Chunk> | Iterable<Chunk>

/**
 * A body that is made while it is sent. The server pulls it as fast as the client reads.
 * @param source strings are sent as UTF-8.
 * @param headers with a Content-Type, unless it is `application/octet-stream`.
 * @throws TypeError for a string, which would be sent by character, and for what gives no chunks.
 * @example stream(rows(), 200, [['Content-Type', 'text/csv; charset=utf-8']])
 */
export function stream(source: ChunkSource, status = 200, headers: HeaderList = []): Response {
  if (!isSource(source)) throw new TypeError('stream() takes an iterable of chunks; for text there is text()')
  return new Response(source, status, headersWith(BINARY, headers))
}

const BINARY: HeaderList = [['Content-Type', 'application/octet-stream']]

function isSource(source: unknown): source is Exclude<Body, Chunk> {
  if (typeof source !== 'object' || source === null || source instanceof Uint8Array) return false
  return Symbol.asyncIterator in source || Symbol.iterator in source
}
