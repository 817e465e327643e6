/** What a worker counts by route, adds up in the master, and is shown as: text of Prometheus and OpenMetrics. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'
import { readToMaster } from '../../../packages/server/src/ipc/read-message.ts'
import {
  addMetrics,
  EMPTY_METRICS,
  MAX_ROUTES,
  type RequestMetrics,
} from '../../../packages/server/src/ipc/request-metrics.ts'
import { Metrics } from '../../../packages/server/src/master/metrics.ts'
import { openMetrics, wantsOpenMetrics } from '../../../packages/server/src/worker/open-metrics.ts'
import { RequestCounters } from '../../../packages/server/src/worker/request-counters.ts'

const GAUGES = { connections: { 'http/1.1': 2, h2: 1 }, python: { waiting: 1, waited: 4, waitSum: 0.5 } }

function counted(...records: Partial<AccessRecord>[]): RequestMetrics {
  const counters = new RequestCounters()
  for (const record of records) {
    const [time, duration, status, bytes] = [0, 1, 200, 1]
    const line = { method: 'GET', target: '/', protocol: 'HTTP/1.1', remoteAddr: '' }
    counters.count({ time, duration, status, bytes, ...line, ...record })
  }
  return { ...counters.measures, ...GAUGES }
}

const STATUS = { workers: [], wanted: 1, restarts: 0, reloads: 0, age: 0 }

function textOf(...workers: RequestMetrics[]): string {
  const metrics = new Metrics()
  for (const each of workers) metrics.heard(each, each)
  return metrics.text({ ...STATUS } as unknown as Parameters<Metrics['text']>[0])
}

it('counts by method, route and status, and adds up over workers', () => {
  const one = counted({ route: '/a' }, { route: '/a', status: 500, duration: 70 }, {}, { route: '/a', method: 'POST' })
  const text = textOf(one, counted({ route: '/a', queue: 20 }))
  expect(text).toContain('tsgi_route_requests_total{method="GET",route="/a",status="200"} 2\n')
  expect(text).toContain('tsgi_route_requests_total{method="GET",route="/a",status="500"} 1\n')
  expect(text).toContain('tsgi_route_requests_total{method="POST",route="/a",status="200"} 1\n')
  expect(text).toContain('tsgi_route_duration_seconds_bucket{method="GET",route="/a",le="0.05"} 2\n')
  expect(text).toContain('tsgi_route_duration_seconds_count{method="GET",route="/a"} 3\n')
  expect(text).toContain('tsgi_requests_total{status="200"} 4\n')
  expect(text).toContain('tsgi_queue_time_seconds_bucket{le="0.025"} 1\n')
  expect(text).toContain('tsgi_protocol_connections{protocol="http/1.1"} 4\n')
  expect(text).toContain('tsgi_python_requests_waiting 2\n')
  expect(text).toContain('tsgi_python_wait_seconds_count 8\n')
})

it('keeps what a worker counted that has left, and no gauge of it', () => {
  const metrics = new Metrics()
  const worker = {}
  metrics.heard(worker, counted({ route: '/a' }))
  metrics.left(worker)
  expect(metrics.total.routes['GET /a']?.statuses).toEqual({ 200: 1 })
  expect([metrics.total.connections, metrics.total.python]).toEqual([{}, { waiting: 0, waited: 4, waitSum: 0.5 }])
})

it('keeps 200 routes; all others are one, in a worker and in the master', () => {
  const many = (prefix: string) =>
    counted(...Array.from({ length: MAX_ROUTES + 50 }, (_, i) => ({ route: `/${prefix}${i}` })), {
      route: '/x'.repeat(200),
    })
  const one = many('a')
  expect(Object.keys(one.routes)).toHaveLength(MAX_ROUTES + 1)
  expect(one.routes['other other']?.statuses).toEqual({ 200: 51 })
  const both = addMetrics(one, many('b'))
  expect(Object.keys(both.routes)).toHaveLength(MAX_ROUTES + 1)
  expect(both.routes['other other']?.statuses).toEqual({ 200: 51 + 51 + MAX_ROUTES })
})

it('counts a method that a client invents as other', () => {
  expect(Object.keys(counted({ route: '/a', method: 'BREW' }).routes)).toEqual(['other /a'])
})

it('labels hold any text, and each series stays one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (route) => {
      const lines = textOf(counted({ route })).split('\n')
      const [line] = lines.filter((each) => each.startsWith('tsgi_route_requests_total'))
      expect(line).toMatch(/^tsgi_route_requests_total\{method="GET",route="(?:[^"\\\n]|\\["\\n])*",status="200"\} 1$/)
    }),
  )
})

it('the master takes it from a worker, and nothing of another shape', () => {
  const measures = counted({ route: '/a' })
  expect(readToMaster({ type: 'counted', measures })).toBeDefined()
  for (const bad of [
    { routes: { x: 1 } },
    { routes: undefined },
    { queue: {} },
    { connections: { x: 'y' } },
    { python: 1 },
  ]) {
    expect(readToMaster({ type: 'counted', measures: { ...measures, ...bad } })).toBeUndefined()
  }
  expect(readToMaster({ type: 'counted', measures: EMPTY_METRICS })).toBeDefined()
})

it('is OpenMetrics for who prefers it', () => {
  const text = openMetrics(textOf(counted({ route: '/a' })))
  expect(text).toMatch(/\n# EOF\n$/)
  expect(text).toContain('# TYPE tsgi_requests counter\n')
  expect(text).toContain('tsgi_requests_total{status="200"} 1\n')
  expect(text).not.toMatch(/^# \w+ \w+_total /m)
})

it.each([
  [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    true,
  ],
  ['application/openmetrics-text', true],
  ['text/plain;q=0.9, application/openmetrics-text;q=0.1', false],
  ['application/openmetrics-text;q=0', false],
  ['*/*', false],
  ['', false],
  [undefined, false],
])('Accept %s', (accept, wants) => {
  expect(wantsOpenMetrics(accept)).toBe(wants)
})
