/**
 * Several applications on one place: `cascade(files, pages, api)` answers with the first one that does not say 404, or
 * with the last. A contract application over contract applications; the framework's own are nothing special to it.
 *
 * The request is the same for each of them, so an application that reads the body and then says 404 leaves nothing of
 * it to those after it: put the ones that read last. What a losing application does to the environ is undone.
 */
import type { Application, Body, Chunk, Environ, HeaderList, StartResponse, Write } from '@tsgi/contract'

/**
 * The first application that does not respond 404 responds; else the last one.
 * @throws TypeError without an application, or for a value that is no application.
 * @example cascade(staticFiles('./public'), pages, api)
 */
export function cascade(...applications: readonly Application[]): Application {
  const last = applications.at(-1)
  if (last === undefined) throw new TypeError('cascade() needs at least one application')
  const bad = applications.findIndex((application) => typeof application !== 'function')
  if (bad >= 0) throw new TypeError(`cascade(): application ${bad + 1} is ${typeof applications[bad]}, not a function`)
  const earlier = applications.slice(0, -1)
  return async (environ, startResponse) => {
    const before = Object.getOwnPropertyDescriptors(environ)
    for (const application of earlier) {
      const body = await tryApplication(application, environ, startResponse)
      if (body !== 'not found') return body
      restore(environ, before)
    }
    return last(environ, startResponse)
  }
}

/** Lets everything through but a 404, of which nothing is kept. */
async function tryApplication(
  application: Application,
  environ: Environ,
  startResponse: StartResponse,
): Promise<Body | 'not found'> {
  const verdict = new Verdict(startResponse)
  const body = await application(environ, verdict.startResponse)
  if (verdict.state === 'open') return openFirst(body, verdict)
  if (verdict.state === 'found') return body
  await closeBody(body)
  return 'not found'
}

/** An application may call startResponse as late as when its first chunk is asked for (SPEC, startResponse). */
async function openFirst(body: Body, verdict: Verdict): Promise<Body | 'not found'> {
  const opened = await openBody(body, () => verdict.state !== 'open')
  if (verdict.state !== 'not found') return opened
  await opened.close()
  return 'not found'
}

/** What an application has said so far. It may say 404 first and, with an error, something else later. */
class Verdict {
  state: 'open' | 'found' | 'not found' = 'open'
  readonly #startResponse: StartResponse

  constructor(startResponse: StartResponse) {
    this.#startResponse = startResponse
  }

  readonly startResponse: StartResponse = (status: string, headers: HeaderList, error?: unknown): Write => {
    const isMissing = this.state !== 'found' && status.startsWith('404')
    this.state = isMissing ? 'not found' : 'found'
    if (isMissing) return swallow
    return error === undefined ? this.#startResponse(status, headers) : this.#startResponse(status, headers, error)
  }
}

async function swallow(_chunk: Chunk): Promise<void> {}

/** Takes back what was changed, added or removed. An accessor that was there before is left alone: it makes its value. */
function restore(environ: Environ, before: Readonly<Record<string, PropertyDescriptor>>): void {
  for (const key of Object.keys(environ)) if (!Object.hasOwn(before, key)) delete environ[key]
  for (const [key, descriptor] of Object.entries(before)) {
    if ('value' in descriptor) environ[key] = descriptor.value
  }
}

/*
 * A body whose first chunks were pulled before they could be sent: as long as its application has not said what it
 * answers. Sent on as a body of its own, or closed.
 */

/** Pulls chunks until `isKnown`, or the end. @throws what the body throws; it is closed then. */
export async function openBody(body: Body, isKnown: () => boolean): Promise<PeekedBody> {
  const opened = new PeekedBody(body)
  try {
    await opened.pullUntil(isKnown)
  } catch (error) {
    await opened.close()
    throw error
  }
  return opened
}

/** Closes a body that was never iterated. */
export async function closeBody(body: Body): Promise<void> {
  if (typeof body === 'object' && 'close' in body && typeof body.close === 'function') await body.close()
}

/** Its own iterator: what was pulled comes first, then the rest. */
export class PeekedBody implements AsyncIterableIterator<Chunk> {
  readonly #body: Body
  readonly #iterator: Iterator<Chunk> | AsyncIterator<Chunk>
  readonly #pulled: Chunk[] = []
  #life: 'open' | 'returned' | 'closed' = 'open'

  constructor(body: Body) {
    this.#body = body
    this.#iterator = iteratorOf(body)
  }

  async pullUntil(isKnown: () => boolean): Promise<void> {
    while (!isKnown()) {
      const { done, value } = await this.#iterator.next()
      if (done) return
      this.#pulled.push(value)
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Chunk>> {
    const pulled = this.#pulled.shift()
    return pulled === undefined ? this.#iterator.next() : { done: false, value: pulled }
  }

  async return(): Promise<IteratorResult<Chunk>> {
    if (this.#life === 'open') {
      this.#life = 'returned'
      await this.#iterator.return?.()
    }
    return { done: true, value: undefined }
  }

  async close(): Promise<void> {
    if (this.#life === 'closed') return
    try {
      await this.return()
    } finally {
      this.#life = 'closed'
      await closeBody(this.#body)
    }
  }
}

/** A string or bytes are one chunk (SPEC C68). */
function iteratorOf(body: Body): Iterator<Chunk> | AsyncIterator<Chunk> {
  if (typeof body === 'string' || body instanceof Uint8Array) return [body][Symbol.iterator]()
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
}
