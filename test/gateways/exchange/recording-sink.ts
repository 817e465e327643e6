/**
 * A sink that remembers what it was told, in order, and an exchange on top of it. The application is validated on both
 * sides, strictly, unless the test is about one that breaks the contract.
 */
import { type Application, type Chunk, type Environ, type ErrorStream, validate } from '@tsgi/contract'
import { onTestFinished } from 'vitest'
import { environTemplate, makeEnviron } from '../../../packages/gateways/src/exchange/environ.ts'
import { Exchange } from '../../../packages/gateways/src/exchange/exchange.ts'
import { EMPTY_INPUT } from '../../../packages/gateways/src/exchange/input.ts'
import type { ResponseHead, Sink } from '../../../packages/gateways/src/exchange/sink.ts'

export class RecordingSink implements Sink {
  /** `head 200 OK`, `write abc`, `drained`, `end`, `abort`, `informational …`. */
  readonly calls: string[] = []
  readonly heads: ResponseHead[] = []
  readonly chunks: Chunk[] = []
  readonly waitedFor: Promise<unknown>[] = []
  /** While true, `write` answers false. */
  isFull = false
  /** Called within `writeHead` and `write`, as a transport's events may be. */
  onCall: ((call: string) => void) | undefined
  #drained: PromiseWithResolvers<void> | undefined

  writeHead(head: ResponseHead): void {
    this.heads.push(head)
    this.#record(`head ${head.status}`)
  }

  flushHead(): void {
    this.#record('flush')
  }

  write(chunk: Chunk): boolean {
    this.chunks.push(chunk)
    this.#record(`write ${text(chunk)}`)
    return !this.isFull
  }

  drained(): Promise<void> {
    this.#record('drained')
    this.#drained = Promise.withResolvers()
    return this.#drained.promise
  }

  /** The client has read: what waits goes on. */
  drain(): void {
    this.#drained?.resolve()
  }

  end(): void {
    this.#record('end')
  }

  abort(): void {
    this.#record('abort')
  }

  informational(status: string, headers: readonly string[]): void {
    this.#record(`informational ${status} ${headers.join('|')}`)
  }

  waitUntil(promise: Promise<unknown>): void {
    this.waitedFor.push(promise)
  }

  get head(): ResponseHead | undefined {
    return this.heads[0]
  }

  get body(): string {
    return this.chunks.map(text).join('')
  }

  get isOver(): boolean {
    return this.calls.includes('end') || this.calls.includes('abort')
  }

  #record(call: string): void {
    this.calls.push(call)
    this.onCall?.(call)
  }
}

function text(chunk: Chunk): string {
  return typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
}

export class Log implements ErrorStream {
  text = ''
  write(text: string): void {
    this.text += text
  }
  writelines(lines: Iterable<string>): void {
    this.text += [...lines].join('')
  }
  flush(): void {}
}

export interface Play {
  readonly sink: RecordingSink
  readonly exchange: Exchange
  readonly environ: Environ
  readonly log: Log
}

export interface PlayOptions {
  readonly method?: string
  readonly target?: string
  readonly sink?: RecordingSink
  readonly log?: Log
  /** True for an application that breaks the contract: it then runs without the validator. */
  readonly lawless?: boolean
}

/** An exchange that has not been run yet. */
export function prepare(application: Application, options: PlayOptions = {}): Play {
  const { sink = new RecordingSink(), log = new Log(), method = 'GET', target = '/' } = options
  const environ = environFor(method, target, log)
  return { sink, exchange: new Exchange(checked(application, options), environ, sink), environ, log }
}

/** Runs an application; what it does at once has been done when this returns. */
export function play(application: Application, options: PlayOptions = {}): Play {
  const prepared = prepare(application, options)
  prepared.exchange.run()
  return prepared
}

/** Runs an application and waits for the end of its response. */
export async function playToEnd(application: Application, options: PlayOptions = {}): Promise<Play> {
  const played = play(application, options)
  await until(() => played.sink.isOver)
  return played
}

function checked(application: Application, { lawless = false }: PlayOptions): Application {
  if (lawless) return application
  const validated = validate(application, { strict: true })
  onTestFinished(async () => {
    await turn()
    validated.verify()
  })
  return validated
}

function environFor(method: string, target: string, errors: ErrorStream): Environ {
  const facts = {
    serverName: 'localhost',
    serverPort: '80',
    scheme: 'http',
    remoteAddr: '127.0.0.1',
    remotePort: '1234',
    multiprocess: false,
    errors,
  } as const
  const template = environTemplate(['Host', 'localhost'], facts)
  const environ = makeEnviron(template, { method, target, protocol: 'HTTP/1.1', input: EMPTY_INPUT })
  if (environ === undefined) throw new Error(`no environ for ${target}`)
  return environ
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Waits, turn by turn, until `condition` holds; the test's own timeout ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}
