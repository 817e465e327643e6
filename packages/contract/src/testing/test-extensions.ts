/**
 * The optional extensions of an environ, `tsgi.early_hints`, `tsgi.after_response`, `tsgi.flush_head`, `tsgi.leaving`,
 * `tsgi.trailers`, `tsgi.rate_limit` and, if the client offers another protocol, `tsgi.upgrade` or `tsgi.websocket`. They are added for one call, and only if the environ lacks them.
 */
import { ContractError, show } from '../contract-error.ts'
import type { Environ, RateLimiter, Trailers, Upgraded } from '../environ.ts'
import type { HeaderList } from '../start-response.ts'
import { findHeadersBreach } from '../validate-head.ts'
import { findTrailersBreach } from '../validate-trailers.ts'
import { MemoryInput } from './memory-input.ts'

type Task = () => void | Promise<void>

export class TestExtensions {
  readonly earlyHints: HeaderList[] = []
  /** What was given to `tsgi.trailers`, if the client takes trailers. */
  readonly trailers: (readonly [name: string, value: string])[] = []
  readonly #environ: Environ
  readonly #tasks: Task[] = []
  readonly #added: readonly (readonly [key: string, extension: unknown])[]

  /** @param flushHead sends the head. @param rateLimit counts. @param upgrade sends a 101. @param websocket accepts a WebSocket. */
  constructor(
    environ: Environ,
    flushHead: () => void,
    rateLimit?: RateLimiter,
    upgrade?: (headers: HeaderList) => Upgraded,
    websocket?: Environ['tsgi.websocket'],
  ) {
    this.#environ = environ
    const extensions: (readonly [key: string, extension: unknown])[] = [
      ['tsgi.early_hints', (headers: HeaderList) => this.#hint(headers)],
      ['tsgi.after_response', (task: Task) => this.#later(task)],
      ['tsgi.flush_head', () => flushHead()],
      ['tsgi.leaving', new AbortController().signal],
      ['tsgi.trailers', this.#trailersOf(environ)],
    ]
    if (rateLimit !== undefined) extensions.push(['tsgi.rate_limit', rateLimit])
    if (websocket !== undefined) extensions.push(['tsgi.websocket', websocket])
    else if (environ.HTTP_UPGRADE !== undefined && upgrade !== undefined) extensions.push(['tsgi.upgrade', upgrade])
    this.#added = extensions.filter(([key]) => environ[key] === undefined)
    for (const [key, extension] of this.#added) environ[key] = extension
  }

  /** Runs the tasks in order, each once, also those that a task adds. */
  async runTasks(failed: (error: unknown) => void): Promise<void> {
    for (const task of this.#tasks) {
      try {
        await task()
      } catch (error) {
        failed(error)
      }
    }
  }

  /** Removes the extensions, so that another call can use the same environ. */
  remove(): void {
    for (const [key, extension] of this.#added) if (this.#environ[key] === extension) delete this.#environ[key]
  }

  #trailersOf({ HTTP_TE = '', 'wsgi.input': input }: Environ): Trailers {
    const accepted = HTTP_TE.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers')
    const sent = this.trailers
    return {
      accepted,
      get received() {
        return input instanceof MemoryInput ? input.trailers : undefined
      },
      send(fields) {
        const breach = findTrailersBreach(fields)
        if (breach !== undefined) throw new ContractError('C93', 'application', `tsgi.trailers: ${breach.message}`)
        if (accepted) sent.push(...fields.map(([name, value]) => [name, value] as const))
      },
    }
  }

  #hint(headers: HeaderList): void {
    const breach = findHeadersBreach(headers)
    if (breach !== undefined) throw new ContractError('C32', 'application', `tsgi.early_hints: ${breach.message}`)
    this.earlyHints.push(headers.map(([name, value]) => [name, value] as const))
  }

  #later(task: Task): void {
    if (typeof task !== 'function') {
      throw new ContractError('C33', 'application', `tsgi.after_response got ${show(task)}; it takes a function`)
    }
    this.#tasks.push(task)
  }
}
