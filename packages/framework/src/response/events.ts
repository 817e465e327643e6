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
type Step = IteratorResult<Chunk>

/**
 * `opening`: nothing was sent. `open`. `ended`.
 * Written out, not a generator: `return()` of a generator that waits would wait too. One timer and one pair of functions serve
 * all events: with a timer, a race and their promises for each, an event took twice as long.
 */
type State = 'opening' | 'open' | 'ended'

class EventBody implements AsyncIterableIterator<Chunk> {
  readonly #source: AsyncIterator<ServerEvent | string>
  readonly #opening: string
  readonly #heartbeat: number
  /** The context of the view: the source always runs in it. */
  readonly #inContext = currentContext()
  /** Any of them ends the events. */
  readonly #signals: readonly AbortSignal[]
  #state: State = 'opening'
  /** The server waits for a step. */
  #step: PromiseWithResolvers<Step> | undefined
  /** The source was asked, and has given nothing yet. */
  #isPulling = false
  /** What it gave when no step waited: a heartbeat had gone instead. */
  #early: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When the last step was asked for. */
  #askedAt = 0

  constructor(source: EventSource, opening: string, heartbeat: number, signals: readonly (AbortSignal | undefined)[]) {
    this.#source = source[Symbol.asyncIterator]()
    this.#opening = opening
    this.#heartbeat = heartbeat
    this.#signals = signals.filter((signal) => signal !== undefined)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step> {
    if (this.#state === 'opening') return Promise.resolve(this.#open())
    if (this.#signals.some(({ aborted }) => aborted)) return this.return()
    if (this.#state === 'ended') return Promise.resolve(ENDED)
    this.#askedAt = performance.now()
    this.#step = Promise.withResolvers()
    const { promise } = this.#step
    if (this.#early !== undefined) this.#early()
    else if (!this.#isPulling) this.#pull()
    return promise
  }

  /** Ends the source too. Does not wait for one that hangs in its `next()`: `signal` has ended it. */
  async return(): Promise<Step> {
    const before = this.#state
    const wasPulling = this.#isPulling
    this.#end()
    if (before === 'ended') return ENDED
    const ended = this.#call(() => this.#source.return?.())
    if (wasPulling) ended?.catch(() => {})
    else await ended
    this.#settle(ENDED)
    return ENDED
  }

  #open(): Step {
    this.#state = 'open'
    for (const signal of this.#signals) signal.addEventListener('abort', this.#leave)
    this.#askedAt = performance.now()
    this.#timer = setTimeout(this.#look, this.#heartbeat)
    // Something has to go for the head to go, and with it the client's `open`.
    return { done: false, value: this.#opening }
  }

  #pull(): void {
    this.#isPulling = true
    try {
      this.#call(() => this.#source.next()).then(this.#arrived, this.#failed)
    } catch (error) {
      this.#failed(error)
    }
  }

  readonly #arrived = (pulled: Pulled): void => {
    this.#isPulling = false
    this.#give(() => {
      if (pulled.done !== true) this.#format(pulled.value)
      else {
        this.#end()
        this.#settle(ENDED)
      }
    })
  }

  readonly #failed = (error: unknown): void => {
    this.#isPulling = false
    this.#give(() => {
      this.#end()
      this.#step?.reject(error)
      this.#step = undefined
    })
  }

  /** Now if a step waits, else with the next one. After the end, when no step waits any more, never. */
  #give(give: () => void): void {
    this.#early = undefined
    if (this.#step !== undefined) give()
    else
      this.#early = () => {
        this.#early = undefined
        give()
      }
  }

  /** A source that gives what is no event has failed, and is ended as one. */
  #format(event: ServerEvent | string): void {
    try {
      this.#settle({ done: false, value: formatEvent(typeof event === 'string' ? { data: event } : event) })
    } catch (error) {
      const step = this.#step
      this.#step = undefined
      this.return().then(
        () => step?.reject(error),
        () => step?.reject(error),
      )
    }
  }

  #settle(step: Step): void {
    this.#step?.resolve(step)
    this.#step = undefined
  }

  #call<Result>(call: () => Result): Result {
    return this.#inContext === undefined ? call() : this.#inContext(call)
  }

  /** One listener for the life of the body: the signal of a server may have thousands. */
  readonly #leave = (): void => {
    // A step that waits is answered; else the next one sees the signal.
    if (this.#step !== undefined) this.return().catch(this.#failed)
  }

  /** Looks whether there was silence for as long as a heartbeat. */
  readonly #look = (): void => {
    const silence = performance.now() - this.#askedAt
    if (silence >= this.#heartbeat) this.#settle({ done: false, value: HEARTBEAT })
    this.#timer = setTimeout(this.#look, silence >= this.#heartbeat ? this.#heartbeat : this.#heartbeat - silence)
  }

  #end(): void {
    this.#state = 'ended'
    clearTimeout(this.#timer)
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#leave)
  }
}

const ENDED: IteratorReturnResult<undefined> = { done: true, value: undefined }
