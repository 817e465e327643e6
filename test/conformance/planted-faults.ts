/**
 * Faults planted in copies of the gateways package, each by one replacement, with a row that must find it. The texts are
 * those of the sources: a replacement that does not fit any more fails the test that uses it.
 */

export interface PlantedFault {
  readonly what: string
  /** Below packages/gateways/src. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** A row that must be red. */
  readonly row: string
}

const fault = (row: string, what: string, file: string, from: string, to: string): PlantedFault => ({
  ...{ row, what, file: file.startsWith('node') ? file : `exchange/${file}` },
  ...{ from, to },
})

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  // Trailers
  fault('C92-3', 'forbidden trailers are believed', 'trailers.ts', 'if (!FORBIDDEN.has(name)) list.push', 'list.push'),
  fault('C92-1', 'names keep their letters', 'trailers.ts', "(flat[i] ?? '').toLowerCase()", "(flat[i] ?? '')"),
  fault('C92-1', 'trailers are there before they came', 'input.ts', 'this.#ended ? (', 'true ? ('),
  fault('C92-5', 'every client takes trailers', 'trailers.ts', 'const accepted =', 'const accepted = true ||'),
  fault('C93-1', 'forbidden trailers are sent', 'trailers.ts', 'FORBIDDEN.has(name.toLowerCase())', 'false'),
  fault(
    'C94-6',
    'the last call replaces those before',
    'response-writer.ts',
    '[...(this.#trailers ?? []), ...flat]',
    '[...flat]',
  ),
  fault(
    'C94-2',
    'early trailers are not announced',
    'response-writer.ts',
    'bodyless ? undefined : namesOf(this.#trailers)',
    'true ? undefined : []',
  ),
  fault('C94-1', 'late trailers are lost', 'response-writer.ts', 'this.#sink.end(this.#trailers)', 'this.#sink.end()'),
  // The environ
  fault(
    'C16-3',
    'paths are decoded twice',
    'environ.ts',
    'decodePath(path) : path',
    "decodePath(decodePath(path) ?? '') : path",
  ),
  fault('C16-6', '%00 passes', 'request-target.ts', '|%00/', '/'),
  fault('C16-8', 'a byte order mark is eaten', 'request-target.ts', ', { ignoreBOM: true }', ''),
  fault('C16-5', 'malformed escapes pass', 'request-target.ts', '/%(?![0-9A-Fa-f]{2})|%00/', '/%00/'),
  fault(
    'C17-2',
    'the query begins at the last ?',
    'request-target.ts',
    "target.indexOf('?')",
    "target.lastIndexOf('?')",
  ),
  fault(
    'C15-4',
    'the authority of the target is ignored',
    'environ.ts',
    'if (authority !== undefined) environ.HTTP_HOST = authority',
    '',
  ),
  fault('C20-1', 'Proxy passes', 'environ.ts', "if (upper === 'PROXY') return undefined", ''),
  fault('C22-3', 'names with _ pass', 'environ.ts', "if (name.includes('_')) return undefined", ''),
  fault(
    'C22-1',
    'the last of two headers wins',
    'environ.ts',
    'before === undefined ? value',
    'before !== before ? value : key.startsWith("HTTP_X_Y") ? value',
  ),
  fault('C22-2', 'cookies are joined with a comma', 'environ.ts', "key === 'HTTP_COOKIE' ? '; ' : ', '", "', '"),
  fault(
    'C27-1',
    'the version is [1, 1]',
    'environ.ts',
    'Object.freeze([1, 0] as const)',
    'Object.freeze([1, 1] as unknown as [1, 0])',
  ),
  fault(
    'C6-3',
    'requests share an environ',
    'environ.ts',
    'const environ: Environ = { ...template }',
    'const environ: Environ = (globalThis as { kept?: Environ }).kept ??= { ...template }',
  ),
  fault('C26-1', 'REMOTE_ADDR is mapped', 'address.ts', "return address ?? ''", "return '::ffff:' + address"),
  // The input
  fault(
    'C37-5',
    'read(0) reads all',
    'input.ts',
    'Number.isInteger(size) && size >= 0) return size',
    'Number.isInteger(size) && size >= 0) return size || Number.POSITIVE_INFINITY',
  ),
  fault(
    'C38-3',
    'readline ignores its size',
    'input.ts',
    'Math.min(this.#left, end === 0 ? chunk.byteLength : end)',
    '(end === 0 ? chunk.byteLength : end)',
  ),
  fault('C38-1', 'a line loses its end', 'input.ts', 'chunk.indexOf(LF) + 1', 'chunk.indexOf(LF)'),
  // startResponse and the head
  fault(
    'C50-1',
    'startResponse may be called twice',
    'response-writer.ts',
    "this.#state !== 'waiting' && (error === undefined",
    "this.#state === 'ended' && (error === undefined",
  ),
  fault(
    'C51-1',
    'the first head stays',
    'response-writer.ts',
    'this.#head = checkHead(status, headers)',
    'this.#head ??= checkHead(status, headers)',
  ),
  fault(
    'C59-1',
    'values may have line ends',
    'start-response.ts',
    'if (FIELD_VALUE.test(value)) return value',
    'return value',
  ),
  fault(
    'C60-1',
    'hop-by-hop headers are dropped silently',
    'start-response.ts',
    "role === 'hop-by-hop'",
    "role === ('hop-by-hop' as string) && name === ''",
  ),
  fault('C61-2', 'a length may be anything', 'start-response.ts', '/^[0-9]{1,15}$/.test(value)', 'true || value'),
  fault(
    'C61-3',
    'two types pass',
    'start-response.ts',
    "if (hasType) throw new TypeError('Content-Type is given twice')",
    '',
  ),
  fault('C62-1', 'Status passes', 'start-response.ts', "status: 'status',", ''),
  fault('C56-1', '103 passes', 'start-response.ts', '/^[2-5]\\d\\d /', '/^[1-5]\\d\\d /'),
  fault(
    'C65-3',
    'the length counts characters',
    'exchange.ts',
    'const octets = byteLength(chunk)',
    'const octets = chunk.length',
  ),
  // The body
  fault(
    'C68-2',
    'an empty chunk ends the body',
    'exchange.ts',
    'if (isDone(step)) break',
    "if (isDone(step) || step.value === '') break",
  ),
  fault(
    'C72-1',
    'bytes beyond the length are sent',
    'response-writer.ts',
    'if (octets > this.#left) return this.#emitCut(chunk, octets)',
    '',
  ),
  fault(
    'C72-3',
    'a short whole body is sent',
    'response-writer.ts',
    'length !== undefined && length < declared',
    'length !== undefined && length < 0',
  ),
  fault(
    'C73-2',
    'HEAD pulls the body to its end',
    'response-writer.ts',
    'return this.#bodyless || this.#hasSurplus',
    'return this.#hasSurplus',
  ),
  fault(
    'C74-2',
    'a body with both protocols is iterated synchronously',
    'chunks.ts',
    'if (Symbol.asyncIterator in body) return',
    'if (Symbol.asyncIterator in body && !(Symbol.iterator in body)) return',
  ),
  fault(
    'C69-1',
    'a file is not closed',
    'exchange.ts',
    "'close' in body && typeof body.close === 'function'",
    "'close' in body && !('fd' in body) && typeof body.close === 'function'",
  ),
  // The end
  fault('C78-1', 'close() is not called', 'exchange.ts', 'this.#afterwards.call(() => body.close?.())', ''),
  fault(
    'C78-3',
    'close() is called twice',
    'exchange.ts',
    'this.#afterwards.call(() => body.close?.())',
    'this.#afterwards.call(() => body.close?.()); this.#afterwards.call(() => body.close?.())',
  ),
  fault('C31-1', 'return() is not called', 'exchange.ts', 'this.#afterwards.call(() => iterator.return?.())', ''),
  fault(
    'C83-4',
    'a status is taken from an error',
    'exchange.ts',
    'status ?? 500',
    "status ?? Number(Reflect.get(error as object, 'status') ?? 500)",
  ),
  fault(
    'C83-6',
    'a failure midway ends as if whole',
    'exchange.ts',
    'else this.#sink.abort(error)',
    'else this.#sink.end()',
  ),
  fault('C33-1', 'tasks run twice', 'response-cleanup.ts', 'this.#tasks.push(task)', 'this.#tasks.push(task, task)'),
  fault(
    'C84-1',
    'what close() throws is swallowed',
    'response-cleanup.ts',
    'this.#report(error)\n      return undefined',
    'return undefined',
  ),
  fault(
    'C45-1',
    'the log is thrown away',
    'node.ts',
    'errors: options.errors ?? consoleErrors',
    'errors: { write() {}, writelines() {}, flush() {} }',
  ),
  fault(
    'C31-1',
    'the signal does not abort',
    'exchange.ts',
    'this.#controller?.abort(reason)\n    this.#conclude()',
    'this.#conclude()',
  ),
]
