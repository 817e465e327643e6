/**
 * The contract, on one page: an application is one callable (PEP 3333, "The Application/Framework Side").
 */
import type { Body } from './body.ts'
import type { Environ } from './environ.ts'
import type { StartResponse } from './start-response.ts'

/**
 * A TSGI application (SPEC C1–C5). It is called once per request, calls `startResponse` once before its first non-empty chunk,
 * and returns the body, now or later.
 *
 * An application that answers at once with a string or octets costs the server no promise and one socket write.
 */
export type Application = (environ: Environ, startResponse: StartResponse) => Body | Promise<Body>

/**
 * A middleware is a plain function from application to application: each side of it is the contract again (SPEC C85).
 */
export type Middleware = (application: Application) => Application
