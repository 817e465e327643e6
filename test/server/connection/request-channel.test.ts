/** The channels `tsgi.request`: their order and fields for whole responses, streams, failures and clients that leave. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel'
import type { Application, Environ, HeaderList } from '@tsgi/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RequestTrace } from '../../../packages/server/src/connection/request-channel.ts'
import { eventually, get, Harness } from '../../support/harness.ts'

/** Names and statuses, as they are published. */
function listen(): { names: string[]; traces: Set<RequestTrace> } {
  const seen = { names: [] as string[], traces: new Set<RequestTrace>() }
  const note = (name: string) => (message: unknown) => {
    const trace = message as RequestTrace // of these channels alone
    seen.names.push(`${name} ${trace.status ?? '-'}${trace.isAborted ? ' aborted' : ''}`)
    seen.traces.add(trace)
  }
  const subscribers: TracingChannelSubscribers<object> = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  }
  const channels = tracingChannel<object, object>('tsgi.request')
  channels.subscribe(subscribers)
  onTestFinished(() => void channels.unsubscribe(subscribers))
  return seen
}

const TEXT: HeaderList = [['Content-Type', 'text/plain']]
const AFTER = ['asyncStart 200', 'asyncEnd 200']

const respond: Application = (_environ, start) => {
  start('200 OK', TEXT)
  return 'x'
}
const respondLater: Application = async (environ, start) => {
  await Promise.resolve()
  return respond(environ, start)
}

describe('the channels of a request', () => {
  it.each<[string, Application, readonly string[]]>([
    ['is ready at once', respond, ['start -', 'end 200', ...AFTER]],
    ['waits', respondLater, ['start -', 'end -', ...AFTER]],
    [
      'streams',
      (_, start) => {
        start('200 OK', TEXT)
        return (async function* () {
          yield 'a'
          await new Promise((resolve) => setTimeout(resolve, 5))
          yield 'b'
        })()
      },
      ['start -', 'end 200', ...AFTER],
    ],
  ])('that %s come in order, with one message', async (_name, application, names) => {
    const seen = listen()
    await using harness = await Harness.start(application)
    const client = await harness.client()
    client.send(get('/a'))
    await eventually(() => seen.names.length === names.length)
    expect(seen.names).toEqual(names)
    expect([...seen.traces].map(({ environ }) => environ.PATH_INFO)).toEqual(['/a'])
  })

  it.each<[string, Application, readonly string[]]>([
    [
      'throws',
      () => {
        throw new Error('out of tea')
      },
      ['start -', 'error -', 'end -', 'asyncStart -', 'asyncEnd -'],
    ],
    [
      'rejects',
      () => Promise.reject(new Error('out of tea')),
      ['start -', 'end -', 'error -', 'asyncStart -', 'asyncEnd -'],
    ],
    [
      'fails in its body',
      (_, start) => {
        start('200 OK', TEXT)
        return (async function* () {
          yield 'a'
          throw new Error('out of tea')
        })()
      },
      ['start -', 'end 200', 'error 200', ...AFTER],
    ],
  ])('of an application that %s have its error, once', async (_name, application, names) => {
    const seen = listen()
    await using harness = await Harness.start(application)
    const client = await harness.client()
    client.send(get('/a'))
    await eventually(() => seen.names.length === names.length)
    expect(seen.names.map((name) => name.replace(' aborted', ''))).toEqual(names)
    expect([...seen.traces].map(({ error }) => error)).toEqual([new Error('out of tea')])
  })

  it('say that a client left', async () => {
    const seen = listen()
    const endless: Application = (_, start) => {
      start('200 OK', TEXT)
      return (async function* () {
        for (;;) {
          yield 'x'
          await new Promise((resolve) => setTimeout(resolve, 2))
        }
      })()
    }
    await using harness = await Harness.start(endless)
    const client = await harness.client()
    client.send(get('/a'))
    await client.until('x')
    client.socket.resetAndDestroy()
    await eventually(() => seen.names.length === 4)
    expect(seen.names.slice(2)).toEqual(['asyncStart 200 aborted', 'asyncEnd 200 aborted'])
  })

  it('hold a store in what the application calls', async () => {
    const store = new AsyncLocalStorage<Environ>()
    const start = channel('tracing:tsgi.request:start')
    start.bindStore(store, (trace) => (trace as RequestTrace).environ)
    onTestFinished(() => void start.unbindStore(store))
    const application: Application = async (environ, startResponse) => {
      await Promise.resolve()
      startResponse('200 OK', TEXT)
      return String(store.getStore() === environ)
    }
    await using harness = await Harness.start(application)
    const client = await harness.client()
    client.send(get('/a', 'Connection: close\r\n'))
    expect(await client.rest()).toContain('true')
  })
})
