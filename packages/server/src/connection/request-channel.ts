/**
 * The tracing channels `tsgi.request` (`node:diagnostics_channel`): an instrument that watches this process sees each request
 * begin, fail and end, whatever the application is made of. Without a subscriber a request costs one read of a property.
 * Knows the contract and the channels; knows no subscriber.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import type { Application, Body, Environ, StartResponse } from '@tsgi/contract'

/** The message of all channels of one request, the same object each time. */
export interface RequestTrace {
  readonly environ: Environ
  /** Once the application has said it; 101 where the connection speaks another protocol. */
  status?: number
  /** What the application threw, gave to `startResponse`, or threw in its body. Published on `error`. */
  error?: unknown
  /** From `asyncStart` on: whether the client left before the response was whole. */
  isAborted?: boolean
}

/** Asked before each request: without a subscriber the application is called as it is. */
export const requestChannel = tracingChannel<object, RequestTrace>('tsgi.request')

/**
 * `start` and `end` are published around the call of the application, `asyncStart` and `asyncEnd` when the response is over: a
 * stream has ended, or its client has left. Stores that are bound to `start` hold in all that the application calls.
 */
export function traced(application: Application): Application {
  return (environ, startResponse) => run(application, environ, startResponse)
}

function run(application: Application, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  const trace: RequestTrace = { environ }
  const signal = environ['tsgi.signal']
  environ['tsgi.after_response']?.(() => {
    trace.isAborted = signal.aborted
    requestChannel.asyncStart.publish(trace)
    requestChannel.asyncEnd.publish(trace)
  })
  watchUpgrade(environ, trace)
  return requestChannel.start.runStores(trace, () => {
    try {
      const body = application(environ, watched(startResponse, trace))
      if (!(body instanceof Promise)) return watchedBody(body, trace)
      return body.then(
        (later) => watchedBody(later, trace),
        (error) => failed(error, trace),
      )
    } catch (error) {
      return failed(error, trace)
    } finally {
      requestChannel.end.publish(trace)
    }
  })
}

function watched(startResponse: StartResponse, trace: RequestTrace): StartResponse {
  return (status, headers, error) => {
    const write = error === undefined ? startResponse(status, headers) : startResponse(status, headers, error)
    trace.status = Number(status.slice(0, 3))
    if (error !== undefined && error !== null) publishError(error, trace)
    return write
  }
}

function watchUpgrade(environ: Environ, trace: RequestTrace): void {
  const upgrade = environ['tsgi.upgrade']
  if (upgrade === undefined) return
  environ['tsgi.upgrade'] = (headers) => {
    const upgraded = upgrade(headers)
    trace.status = 101
    return upgraded
  }
}

/** A stream of the application's own may fail; what is there, an open file and a stream of the platform pass as they are. */
function watchedBody(body: Body, trace: RequestTrace): Body {
  const isWatched =
    typeof body === 'object' && Symbol.asyncIterator in body && !('fd' in body) && !('getReader' in body)
  if (!isWatched) return body
  const close = body.close?.bind(body)
  const watch = () => {
    const iterator = body[Symbol.asyncIterator]()
    const end = iterator.return?.bind(iterator)
    return {
      next: async () => {
        try {
          return await iterator.next()
        } catch (error) {
          return failed(error, trace)
        }
      },
      ...(end !== undefined && { return: () => end() }),
    }
  }
  return { [Symbol.asyncIterator]: watch, ...(close !== undefined && { close }) }
}

function failed(error: unknown, trace: RequestTrace): never {
  publishError(error, trace)
  throw error
}

/** Once: an error that is thrown after it was given to `startResponse` is the same one. */
function publishError(error: unknown, trace: RequestTrace): void {
  if ('error' in trace) return
  trace.error = error
  requestChannel.error.publish(trace)
}
