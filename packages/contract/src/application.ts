/**
 * The contract, on one page: an application is one callable (PEP 3333, "The Application/Framework Side").
 */
import type { Body } from './body.ts'
import type { Environ } from './environ.ts'
import type { StartResponse } from './start-response.ts'

/**
 * The life of an application in a process that serves it (SPEC C88, C89). All methods are optional: most applications have
 * none.
 * @example
 * export const application: Application = Object.assign(handle, {
 *   start: () => pool.connect(),
 *   close: () => pool.end(),
 * })
 */
export interface ApplicationLife {
  /** Called once per process, before the first request. The server is ready when it has resolved; if it fails, nothing is served. */
  start?(): void | PromiseLike<void>
  /** Called once per process, after the last response has ended. A server waits for it within its grace period. */
  close?(): void | PromiseLike<void>
  /** Like `close`, for an application that is a JavaScript resource (`await using`). Not called if there is a `close`. */
  [Symbol.asyncDispose]?(): PromiseLike<void>
}

/**
 * A TSGI application (SPEC C1–C5). It is called once per request, calls `startResponse` once before its first non-empty chunk,
 * and returns the body, now or later.
 *
 * If the application returns a string or bytes synchronously, the server needs no promise and one socket write.
 */
export interface Application extends ApplicationLife {
  (environ: Environ, startResponse: StartResponse): Body | Promise<Body>
}

/**
 * A middleware is a plain function from application to application: each side of it is the contract again (SPEC C85).
 */
export type Middleware = (application: Application) => Application
