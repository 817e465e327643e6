/**
 * The tracing channels `tsgi.view` (`node:diagnostics_channel`): an instrument sees each view begin, fail and end. Without a
 * subscriber a view costs one read of a property. Knows one API of Node, Deno and Bun, looked up and not imported; without
 * it nothing is published.
 */
import type { Request } from '../request/request.ts'
import type { ViewResult } from '../response/respond.ts'

/** The message of all channels of one call of a view, the same object each time. */
export interface ViewTrace {
  readonly request: Request
  /** The pattern of the route, with those of the mounts around it. */
  readonly route: string | undefined
  /** What the view returned, or its promise resolved to. From `end` or `asyncEnd` on. */
  result?: ViewResult
  /** What the view threw. Published on `error`. */
  error?: unknown
}

/** The part of a channel that is used here. */
interface Channel {
  publish(trace: ViewTrace): void
  runStores<Result>(trace: ViewTrace, call: () => Result): Result
}

/** The five channels of `tsgi.view`. */
export interface ViewChannels {
  /** Absent before Node 22: then nothing is published. */
  readonly hasSubscribers?: boolean
  readonly start: Channel
  readonly end: Channel
  readonly asyncStart: Channel
  readonly asyncEnd: Channel
  readonly error: Channel
}

interface WithBuiltins {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown }
}

interface DiagnosticsChannel {
  readonly tracingChannel?: (name: string) => ViewChannels
}

/** Looked up once per application; undefined on a platform without channels. */
export function viewChannels(): ViewChannels | undefined {
  const module = (globalThis as WithBuiltins).process?.getBuiltinModule?.('node:diagnostics_channel')
  return (module as DiagnosticsChannel | undefined)?.tracingChannel?.('tsgi.view')
}

/** Calls the view, in the stores that are bound to `tsgi.view:start`, and says how it went. */
export function tracedView(
  { start, end, asyncStart, asyncEnd, error }: ViewChannels,
  view: (request: Request) => ViewResult | Promise<ViewResult>,
  request: Request,
): ViewResult | Promise<ViewResult> {
  const trace: ViewTrace = { request, route: request.environ['tsgi.route'] }
  const failed = (reason: unknown): never => {
    trace.error = reason
    error.publish(trace)
    throw reason
  }
  const finished = (): void => {
    asyncStart.publish(trace)
    asyncEnd.publish(trace)
  }
  return start.runStores(trace, () => {
    try {
      const result = view(request)
      if (result instanceof Promise) {
        const settled = result.then((later) => {
          trace.result = later
          return later
        }, failed)
        return settled.finally(finished)
      }
      trace.result = result
      return result
    } catch (reason) {
      return failed(reason)
    } finally {
      end.publish(trace)
    }
  })
}
