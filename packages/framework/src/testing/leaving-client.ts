/**
 * A client that leaves in the middle of a response, for streams without an end: a contract application around another.
 * Knows the contract only.
 */
import type { Application, Body, Chunk } from '@tsgi/contract'

/** @param isEnough asked after each chunk, with all the text so far. */
export function untilEnough(application: Application, isEnough: (text: string) => boolean): Application {
  return async (environ, startResponse) => {
    const gone = new AbortController()
    environ['tsgi.signal'] = AbortSignal.any([environ['tsgi.signal'], gone.signal])
    const body = await application(environ, startResponse)
    if (typeof body === 'string' || body instanceof Uint8Array) return body
    const chunks = chunksUntil(body, isEnough, () => gone.abort())
    return {
      [Symbol.asyncIterator]: () => chunks,
      close: () => ('close' in body && typeof body.close === 'function' ? body.close() : undefined),
    }
  }
}

/** To leave the loop ends the body (`return()`), as a server does when its client has gone. */
async function* chunksUntil(
  body: Exclude<Body, Chunk>,
  isEnough: (text: string) => boolean,
  leave: () => void,
): AsyncGenerator<Chunk, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    yield chunk
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    if (isEnough(text)) {
      leave()
      return
    }
  }
}
