/**
 * The life of a route list and of all that it is made of (SPEC C88): what is mounted starts before what mounts it, and
 * is closed after it. Knows applications; what a server does between the two ends it does not know.
 */
import type { Application, ApplicationLife, Middleware } from '@tsgi/contract'

/**
 * A middleware that passes on the life of what it wraps: an application that starts a pool must be started and closed
 * also with `compress()` around it (SPEC C88).
 * @example const timed = keepLife((application) => (environ, startResponse) => application(environ, startResponse))
 */
export function keepLife(middleware: Middleware): Middleware {
  return (inner) => {
    const outer = middleware(inner)
    return outer === inner || (inner.start === undefined && !isClosable(inner)) ? outer : withLife(inner, outer)
  }
}

/** A middleware may have `start` and `close`: it starts after the application that it wraps, and closes before it. */
function withLife(inner: Application, outer: Application): Application {
  const { start, close } = outer
  const life = new JointLife([inner, { ...(start && { start }), ...(close && { close }) }])
  return Object.assign(outer, { start: () => life.start(), close: () => life.close() })
}

/** Several applications, started and closed as one, each once. */
export class JointLife {
  /** In the order in which they start. */
  readonly #parts: readonly ApplicationLife[]
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(parts: Iterable<ApplicationLife>) {
    this.#parts = [...new Set(parts)]
  }

  /** One after the other. When one fails, those that have started are closed; rejects with its error. */
  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  /** In the reverse order. All are closed though some fail; rejects with the first error. */
  close(): Promise<void> {
    this.#closed ??= closeAll(this.#parts)
    return this.#closed
  }

  async #start(): Promise<void> {
    for (const [index, part] of this.#parts.entries()) {
      try {
        await part.start?.()
      } catch (error) {
        this.#closed = closeAll(this.#parts.slice(0, index)).catch(() => undefined)
        await this.#closed
        throw error
      }
    }
  }
}

async function closeAll(parts: readonly ApplicationLife[]): Promise<void> {
  const errors: unknown[] = []
  for (const part of parts.toReversed()) {
    try {
      await end(part)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

function isClosable(part: ApplicationLife): boolean {
  return typeof part.close === 'function' || typeof part[Symbol.asyncDispose] === 'function'
}

async function end(part: ApplicationLife): Promise<void> {
  if (typeof part.close === 'function') await part.close()
  else await part[Symbol.asyncDispose]?.()
}
