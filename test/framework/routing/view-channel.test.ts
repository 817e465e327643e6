/** The channels `tsgi.view`: what an instrument sees of a view, and the stores that it can bind. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel'
import { Application, get, HttpError, mount } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ViewTrace } from '../../../packages/framework/src/routing/view-channel.ts'

function listen(): { readonly names: string[]; readonly traces: Set<ViewTrace> } {
  const seen = { names: [] as string[], traces: new Set<ViewTrace>() }
  const note = (name: string) => (message: unknown) => {
    seen.names.push(name)
    seen.traces.add(message as ViewTrace) // of these channels alone
  }
  const subscribers: TracingChannelSubscribers<object> = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  }
  const channels = tracingChannel<object, object>('tsgi.view')
  channels.subscribe(subscribers)
  onTestFinished(() => void channels.unsubscribe(subscribers))
  return seen
}

const failure = new HttpError(418)
const inner = new Application([
  get('/sync', () => 'a'),
  get('/async', async () => 'b'),
  get('/throws', () => {
    throw failure
  }),
  get('/rejects', async () => {
    throw failure
  }),
])
const application = new Application([mount('/in', inner)])

describe('a view', () => {
  it.each([
    ['/in/sync', 200, ['start', 'end'], { result: 'a' }],
    ['/in/async', 200, ['start', 'end', 'asyncStart', 'asyncEnd'], { result: 'b' }],
    ['/in/throws', 418, ['start', 'error', 'end'], { error: failure }],
    ['/in/rejects', 418, ['start', 'end', 'error', 'asyncStart', 'asyncEnd'], { error: failure }],
  ])('%s is seen', async (path, status, names, facts) => {
    const seen = listen()
    expect((await request(application).get(path)).status).toBe(status)
    expect(seen.names).toEqual(names)
    const [trace, ...others] = seen.traces
    expect(others).toEqual([])
    expect(trace).toMatchObject({ route: path, ...facts })
    expect(trace?.request.path).toBe(path)
  })

  it('that no route leads to is not', async () => {
    const seen = listen()
    expect((await request(application).get('/in/nothing')).status).toBe(404)
    expect(seen.names).toEqual([])
  })

  it('runs in the stores that are bound to its start, and they hold after an await', async () => {
    const store = new AsyncLocalStorage<string>()
    const start = channel('tracing:tsgi.view:start')
    start.bindStore(store, (trace) => String((trace as ViewTrace).route))
    onTestFinished(() => void start.unbindStore(store))
    const app = new Application([
      get('/a/:id', async () => {
        await Promise.resolve()
        return String(store.getStore())
      }),
    ])
    expect((await request(app).get('/a/7')).text).toBe('/a/:id')
  })
})
