/**
 * Server-sent events (WHATWG HTML §9.2) as the response of a view: a contract application, because it needs the
 * request. It ends when the source does, the client has gone or the server begins to leave; the source is ended with it.
 */
import type { Application, Chunk, HeaderList } from '@tsgi/contract'
import { currentContext } from '../http/async-context.ts'
import { headersWith } from '../http/header-list.ts'
import { formatEvent, HEARTBEAT, retryField, type ServerEvent } from './server-event.ts'

/** What a source may want to know of the client that has come. */
export interface Subscription {
  /** The `id` of the last event this client has got, when it comes again. */
  readonly lastEventId: string | undefined
  /** Aborts when the client has gone. A source that waits for something should end then. */
  readonly signal: AbortSignal
}

/** Events, or text as the data of one. */
export type EventSource = AsyncIterable<ServerEvent | string>

/** Options of `events`. */
export interface EventsOptions {
  /** Milliseconds of silence after which a comment is sent, so that proxies keep the connection. @default 15 000 */
  readonly heartbeat?: number | undefined
  /** Milliseconds a client waits before it comes again. Default: the client's own, some seconds. */
  readonly retry?: number | undefined
  readonly headers?: HeaderList | undefined
}

/**
 * Server-sent events (WHATWG HTML §9.2) as the response of a view. They end when the source ends, the client leaves or the
 * server begins to leave: an `EventSource` then comes again by itself, with its `Last-Event-ID`.
 * @param source `({ lastEventId, signal }) => …`, called when a client comes; or an async iterable.
 * @throws TypeError for a bad option.
 * @example get('/ticks', () => events(async function* () { for (let i = 0; ; i++) yield { id: String(i), data: 'tick' } }))
 */
export function events(
  source: EventSource | ((subscription: Subscription) => EventSource),
  { heartbeat = 15_000, retry, headers = [] }: EventsOptions = {},
): Application {
  const isSource = typeof source === 'function' || (Object(source) === source && Symbol.asyncIterator in source)
  if (!isSource) throw new TypeError('events() takes a function that gives events later, or an async iterable of them')
  const opening = `${retryField(retry)}${HEARTBEAT}`
  if (!(heartbeat > 0 && heartbeat <= MAX_TIMER_MS)) {
    throw new TypeError(`heartbeat is ${heartbeat}; it must be milliseconds, above 0 and at most ${MAX_TIMER_MS}`)
  }
  return (environ, startResponse) => {
    startResponse('200 OK', headersWith(EVENT_HEADERS, headers))
    if (environ.REQUEST_METHOD === 'HEAD') return ''
    environ['tsgi.flush_head']?.()
    const signal = environ['tsgi.signal']
    const lastEventId = utf8Of(environ.HTTP_LAST_EVENT_ID)
    const begun = typeof source === 'function' ? source({ lastEventId, signal }) : source
    return new EventBody(begun, opening, heartbeat, [signal, environ['tsgi.leaving']])
  }
}

/** What a timer takes; with more it would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Not stored, and not gathered by a proxy before it is passed on (nginx, `X-Accel-Buffering`). */
const EVENT_HEADERS: HeaderList = [
  ['Content-Type', 'text/event-stream'],
  ['Cache-Control', 'no-cache'],
  ['X-Accel-Buffering', 'no'],
]

/** The client sends UTF-8 in a header, whose text is latin-1 here. */
function utf8Of(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  return new TextDecoder().decode(Uint8Array.from(header, (character) => character.charCodeAt(0)))
}

type Pulled = IteratorResult<ServerEvent | string>

/**
 * `opening`: nothing was sent. `idle`: the source waits for us. `pulling`: we wait for the source. `ended`.
 * Written out, not a generator: `return()` of a generator that waits would wait too.
 */
type State = 'opening' | 'idle' | 'pulling' | 'ended'

class EventBody implements AsyncIterableIterator<Chunk> {
  readonly #source: AsyncIterator<ServerEvent | string>
  readonly #opening: string
  readonly #heartbeat: number
  /** The context of the view: the source always runs in it. */
  readonly #inContext = currentContext()
  /** Any of them ends the events. */
  readonly #signals: readonly AbortSignal[]
  #state: State = 'opening'
  #next: Promise<Pulled> | undefined
  #wake: (() => void) | undefined

  constructor(source: EventSource, opening: string, heartbeat: number, signals: readonly (AbortSignal | undefined)[]) {
    this.#source = source[Symbol.asyncIterator]()
    this.#opening = opening
    this.#heartbeat = heartbeat
    this.#signals = signals.filter((signal) => signal !== undefined)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Chunk>> {
    if (this.#state === 'opening') {
      this.#state = 'idle'
      for (const signal of this.#signals) signal.addEventListener('abort', this.#leave)
      // Something has to go for the head to go, and with it the client's `open`.
      return { done: false, value: this.#opening }
    }
    if (this.#signals.some(({ aborted }) => aborted)) await this.return()
    if (this.#state === 'ended') return ENDED
    const pulled = await this.#pull()
    if (pulled === 'silence') return { done: false, value: HEARTBEAT }
    if (pulled === 'gone') return await this.return()
    this.#next = undefined
    this.#state = 'idle'
    if (pulled.done === true) {
      this.#end()
      return ENDED
    }
    return { done: false, value: await this.#format(pulled.value) }
  }

  /** Ends the source too. Does not wait for one that hangs in its `next()`: `signal` has ended it. */
  async return(): Promise<IteratorResult<Chunk>> {
    const before = this.#state
    this.#end()
    this.#wake?.()
    if (before === 'ended') return ENDED
    const ended = this.#call(() => this.#source.return?.())
    if (before === 'pulling') ended?.catch(() => {})
    else await ended
    return ENDED
  }

  /** A source that gives what is no event has failed, and is ended as one. */
  async #format(event: ServerEvent | string): Promise<string> {
    try {
      return formatEvent(typeof event === 'string' ? { data: event } : event)
    } catch (error) {
      await this.return()
      throw error
    }
  }

  #call<Result>(call: () => Result): Result {
    return this.#inContext === undefined ? call() : this.#inContext(call)
  }

  /** One listener for the life of the body: the signal of a server may have thousands. */
  readonly #leave = (): void => this.#wake?.()

  #end(): void {
    this.#state = 'ended'
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#leave)
  }

  /** The next event of the source, or its silence, or the end of the client. */
  async #pull(): Promise<Pulled | 'silence' | 'gone'> {
    this.#state = 'pulling'
    this.#next ??= this.#call(() => this.#source.next())
    this.#next.catch(() => {}) // it may fail when no pull waits for it any more
    const { promise, resolve } = Promise.withResolvers<'silence' | 'gone'>()
    const timer = setTimeout(resolve, this.#heartbeat, 'silence')
    this.#wake = () => resolve('gone')
    try {
      return await Promise.race([this.#next, promise])
    } catch (error) {
      this.#end()
      throw error
    } finally {
      clearTimeout(timer)
      this.#wake = undefined
    }
  }
}

const ENDED: IteratorReturnResult<undefined> = { done: true, value: undefined }
