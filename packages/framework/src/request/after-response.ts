/** Work for after the response (SPEC C33), on any server. Knows the environ only. Called by request.ts. */
import type { Environ, ErrorStream } from '@tsgi/contract'

/**
 * Has `task` run once when the response is out; where the server does not offer that, soon. The client never waits for
 * it and never learns of its failure, which goes to the operator's log.
 */
export function afterResponse(environ: Environ, task: () => void | Promise<void>): void {
  const later = environ['tsgi.after_response']
  if (later === undefined) runSoon(environ['wsgi.errors'], task)
  else later(task)
}

function runSoon(log: ErrorStream, task: () => void | Promise<void>): void {
  setTimeout(async () => {
    try {
      await task()
    } catch (error) {
      log.write(
        `a task after the response failed: ${error instanceof Error ? (error.stack ?? error.message) : typeof error}\n`,
      )
      log.flush()
    }
  }, 0)
}
