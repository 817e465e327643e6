/**
 * A limit for the time until an application begins its response. What it still does after that is thrown away; its
 * `tsgi.signal` is aborted, so that it can stop. Knows no bodies: a response that has begun takes the time it takes.
 */
import type { Environ, Middleware, StartResponse } from '@tsgi/contract'
import { isPromise } from '../response/respond.ts'
import { keepLife } from '../routing/application-life.ts'
import { refuse } from './plain-response.ts'

/**
 * Answers 503 where an application has not begun its response in time.
 * @param milliseconds until then.
 * @throws TypeError for what is no time.
 * @example `get('/report', { middleware: [timeout(10_000)] }, report)`
 */
export function timeout(milliseconds: number): Middleware {
  if (!(milliseconds > 0 && milliseconds <= MAX_TIMER_MS))
    throw new TypeError(`timeout: ${milliseconds} is no time; give milliseconds from 1 to ${MAX_TIMER_MS}`)
  return keepLife((application) => (environ, startResponse) => {
    const late = new Deadline(environ, startResponse)
    const body = application(environ, late.startResponse)
    return isPromise(body) ? late.race(body, milliseconds) : body
  })
}

/** What timers take: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Who responds: still open, the application, or the timeout. */
type State = 'open' | 'application' | 'timeout'

class Deadline {
  #state: State = 'open'
  readonly #aborting = new AbortController()
  readonly #server: StartResponse

  constructor(environ: Environ, server: StartResponse) {
    this.#server = server
    this.#joinSignal(environ)
  }

  readonly startResponse: StartResponse = (status, headers, error) => {
    if (this.#state === 'timeout') throw new Error('timeout: the response of this request has been sent already')
    this.#state = 'application'
    return error === undefined ? this.#server(status, headers) : this.#server(status, headers, error)
  }

  async race<Body>(body: Promise<Body>, milliseconds: number): Promise<Body | string> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<'over'>((resolve) => {
      timer = setTimeout(() => resolve('over'), milliseconds)
    })
    try {
      const first = await Promise.race([body, over])
      // The application has sent its head: only its body may be late.
      if (first !== 'over' || this.#state === 'application') return await body
      this.#state = 'timeout'
      this.#aborting.abort(new DOMException('The application took too long', 'TimeoutError'))
      body.then(close, () => undefined) // no reader is left
      return refuse(this.#server, '503 Service Unavailable', 'The response took too long.', [
        ['Retry-After', '10'],
      ]) as string
    } finally {
      clearTimeout(timer)
    }
  }

  /** The server's signal is made when it is first read (SPEC C31), so it is not read before the application does. */
  #joinSignal(environ: Environ): void {
    const before = Object.getOwnPropertyDescriptor(environ, 'tsgi.signal')
    const given = () =>
      before?.get === undefined ? (before?.value as AbortSignal) : (before.get.call(environ) as AbortSignal)
    let joined: AbortSignal | undefined
    Object.defineProperty(environ, 'tsgi.signal', {
      configurable: true,
      enumerable: true,
      get: () => {
        joined ??= AbortSignal.any([given(), this.#aborting.signal])
        return joined
      },
      set: (signal: AbortSignal) => {
        joined = signal
      },
    })
  }
}

/** A body that came too late still has an end that its maker waits for (SPEC C78). */
function close(body: unknown): void {
  if (typeof body === 'object' && body !== null && 'close' in body && typeof body.close === 'function') body.close()
}
