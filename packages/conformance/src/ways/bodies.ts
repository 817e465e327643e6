/** Ways that differ in their body (section H). */
import type { Body, Chunk } from '@tsgi/contract'
import { answer, binary, ok, PLAIN, type Ways, wait, watched } from './way.ts'

/** 256 MiB where chunks are of 64 KiB. */
const MAX_CHUNKS = 4096

export const bodyWays: Ways = {
  string: ok(() => 'one ñ two'),
  list: ok(() => ['a', new Uint8Array([0x62]), '', 'ç']),
  generator: ok(function* () {
    yield 'a'
    yield ''
    yield 'ñ'
  }),
  'async-generator': ok(async function* () {
    yield 'a'
    await wait(1)
    yield 'b'
  }),
  stream: ok(
    () =>
      new ReadableStream({
        start: (controller) =>
          ['s', 't'].map((chunk) => controller.enqueue(new TextEncoder().encode(chunk))) && controller.close(),
      }),
  ),
  'empty-generator': ok(function* () {}),
  'empty-list': ok(() => []),
  'empty-string': ok(() => ''),
  'empty-chunks': ok(async function* () {
    yield ''
    yield new Uint8Array(0)
  }),
  surrogate: ok(() => '\ud800'),
  view: ok(() => new TextEncoder().encode('0123456789').subarray(3, 7)),
  binary: answer('200 OK', [['Content-Type', 'application/octet-stream']], () => binary(300_000)),
  /** 204, 205 or 304 with a body that must not be sent. */
  forbidden: (environ, startResponse, notes, argument) =>
    answer(argument, [], () => 'x')(environ, startResponse, notes, argument),
  declared: answer('200 OK', [...PLAIN, ['Content-Length', '3']], function* () {
    yield 'a'
    yield 'bc'
  }),
  'too-long': answer('200 OK', [...PLAIN, ['Content-Length', '3']], function* () {
    yield 'abcdef'
  }),
  'too-short': answer('200 OK', [...PLAIN, ['Content-Length', '10']], async function* () {
    yield 'abc'
    await wait(5)
  }),
  'too-short-whole': answer('200 OK', [...PLAIN, ['Content-Length', '5']], () => 'abc'),
  endless: (environ, startResponse, notes, argument) => {
    startResponse('200 OK', PLAIN)
    const signal = environ['tsgi.signal']
    signal.addEventListener('abort', () => {
      notes.aborted = true
      notes.reason = signal.reason instanceof Error ? 'Error' : typeof signal.reason
    })
    const [size = 10, pause = 100] = argument.split(',').map(Number)
    return watched(notes, async function* () {
      // Enough for every row; behind a web server that reads on for a client that has left, it ends.
      for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
        yield 'x'.repeat(size)
        if (pause > 0) await wait(pause)
      }
    })
  },
  '404-of-13': answer('404 Not Found', PLAIN, () => 'no such thing'),
  'notes-overlap': (environ, startResponse, notes) => {
    startResponse('200 OK', PLAIN)
    let under = 0
    let left = 20
    const source = {
      [Symbol.iterator](): Iterator<Chunk> {
        notes.said.sync = true
        return [][Symbol.iterator]()
      },
      [Symbol.asyncIterator](): AsyncIterator<Chunk> {
        notes.said.iterators = Number(notes.said.iterators ?? 0) + 1
        return {
          async next() {
            if (++under > 1) notes.said.overlap = true
            await wait(0)
            under--
            return left-- > 0 ? { done: false, value: 'o' } : { done: true, value: undefined }
          },
        }
      },
    }
    void environ
    return source as unknown as Body
  },
  '300-chunks': (_environ, startResponse, notes) => {
    startResponse('200 OK', PLAIN)
    return watched(notes, function* () {
      for (let i = 0; i < 300; i++) yield 'z'.repeat(1000)
    })
  },
  'write-megabytes': async (_environ, startResponse) => {
    const write = startResponse('200 OK', PLAIN)
    for (let i = 0; i < 20; i++) await write(String.fromCharCode(97 + i).repeat(2 ** 20))
    return ''
  },
  'write-forever': async (environ, startResponse, notes) => {
    const write = startResponse('200 OK', PLAIN)
    void environ
    try {
      for (let i = 0; i < 5000; i++) {
        await write('w'.repeat(2 ** 16))
        await wait(1)
      }
    } catch {
      notes.said.rejected = true
    }
    return ''
  },
  megabyte: (environ, startResponse, notes, argument) =>
    answer('200 OK', PLAIN, () => argument.repeat(Math.ceil(2 ** 20 / argument.length)))(
      environ,
      startResponse,
      notes,
      argument,
    ),
}
