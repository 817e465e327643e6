/**
 * A Python WSGI application (Flask, Django, Pyramid, any) as an application of the contract, served by a pool of Python
 * processes. So it can be mounted in a route list, wrapped in middleware and run under every gateway on Node.
 * Names the steps only: `python/` has the work.
 */
import type { Body, Environ, StartResponse } from '@tsgi/contract'
import { type PythonOptions, pythonSettings } from './python/options.ts'
import { PythonPool } from './python/pool.ts'
import { PythonRequest } from './python/request.ts'
import { hasNoBody, NO_BODY, type PreparedBody, prepareBody } from './python/request-body.ts'

export { PythonError, PythonStartError } from './python/errors.ts'
export { findPythonApplication, type PythonModule } from './python/find-application.ts'
export type { PythonOptions } from './python/options.ts'

export interface PythonApplication {
  (environ: Environ, startResponse: StartResponse): Promise<Body>
  /**
   * Starts the processes, which the first request would do otherwise.
   * @throws PythonStartError when Python or the application cannot be started: one line, with the traceback in `detail`.
   */
  start(): Promise<void>
  /**
   * Finishes what is in flight and ends the processes. Later requests get 503.
   * @param grace seconds for what is in flight; `gracefulTimeout` unless given.
   */
  close(grace?: number): Promise<void>
  /** Resident memory of its processes in bytes; 0 where the system does not tell. */
  memory(): number
}

/**
 * @param spec `module`, `module:name` or `module:factory("literal")` as gunicorn has it, or a file, `folder/app.py:name`;
 *   the name is `application` unless it is given.
 * @throws RangeError for an option that makes no sense.
 */
export function fromPythonWsgi(spec: string, options: PythonOptions = {}): PythonApplication {
  const settings = pythonSettings(spec, options)
  const pool = new PythonPool(settings, options.errors)
  const answer = (environ: Environ, startResponse: StartResponse, body: PreparedBody): Promise<Body> => {
    const request = new PythonRequest(environ, startResponse, body)
    pool.dispatch(request)
    return request.answer
  }
  const application = (environ: Environ, startResponse: StartResponse): Promise<Body> => {
    if (hasNoBody(environ)) return answer(environ, startResponse, NO_BODY)
    return prepareBody(environ, settings).then((body) => answer(environ, startResponse, body))
  }
  return Object.assign(application, {
    start: () => pool.start(),
    close: (grace?: number) => pool.close(grace),
    memory: () => pool.memory,
  })
}
