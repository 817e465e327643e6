/**
 * `wsgi.input` as the body of a Request: read only when the handler reads, so that nothing is asked of a client that
 * waits for 100 (Continue). Knows the contract and streams.
 */
import type { Environ } from '@tsgi/contract'

/** `null` where a Request may have no body, or has none for sure. */
export function requestBody(environ: Environ): ReadableStream<Uint8Array> | null {
  const { REQUEST_METHOD: method, CONTENT_LENGTH: length } = environ
  if (method === 'GET' || method === 'HEAD' || length === '0') return null
  let chunks: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= environ['wsgi.input'][Symbol.asyncIterator]()
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks?.return?.()),
    },
    NOTHING_AHEAD,
  )
}

const NOTHING_AHEAD = { highWaterMark: 0 }
