/** Lines by a template, and JSON with named headers: each value in its place, whatever a client or an application sends. */
import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOG_ATOMS } from '../../../packages/server/src/config/log-format.ts'
import { accessLine } from '../../../packages/server/src/connection/access-log.ts'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'

const ID = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const RECORD: AccessRecord = {
  ...{ time: Date.UTC(2026, 10, 5, 7, 8, 9, 250), remoteAddr: '192.0.2.7', duration: 1234.5678 },
  ...{ method: 'GET', target: '/a/7?b=c?d', protocol: 'HTTP/1.1', status: 200, bytes: 12 },
  ...{ host: 'a.test', referer: 'http://x/', userAgent: 'curl', reason: 'the client went away' },
  ...{ route: '/a/:id', requestId: ID, traceparent: TRACE, queue: 12.6 },
  headers: { HTTP_X_TENANT: 'acme', CONTENT_TYPE: 'text/plain' },
  responseHeaders: ['ETag', '"1"', 'Link', '</a>', 'link', '</b>'],
  environ: environFor('/', { REMOTE_USER: 'ada', 'wsgi.url_scheme': 'https' }),
}

describe('an atom', () => {
  it.each([
    ['%(h)s %(l)s %(u)s %(t)s', '192.0.2.7 - ada [05/Nov/2026:07:08:09 +0000]'],
    ['"%(r)s" %(m)s %(U)s %(q)s %(H)s', '"GET /a/7?b=c?d HTTP/1.1" GET /a/7 b=c?d HTTP/1.1'],
    ['%(s)s %(b)s %(B)s', '200 12 12'],
    ['%(f)s %(a)s %(host)s %(p)s', `http://x/ curl a.test <${process.pid}>`],
    ['%(T)s %(M)s %(D)s %(L)s', '1 1234 1234567 1.234568'],
    ['%(route)s %(request_id)s %(traceparent)s %(queue)s', `/a/:id ${ID} ${TRACE} 13`],
    ['%(reason)s', 'the client went away'],
    ['%({X-Tenant}i)s %({content-type}i)s %({x-none}i)s', 'acme text/plain -'],
    ['%({etag}o)s %({Link}o)s %({x-none}o)s', '\\x221\\x22 </a>, </b> -'],
    ['%({wsgi.url_scheme}e)s %({wsgi.input}e)s', 'https -'],
    ['100%% sure', '100% sure'],
    [
      'combined+ids',
      `192.0.2.7 - - [05/Nov/2026:07:08:09 +0000] "GET /a/7?b=c?d HTTP/1.1" 200 12 "http://x/" "curl" "/a/:id" ${ID} ${TRACE}`,
    ],
  ])('%s', (format, line) => {
    expect(accessLine(RECORD, format)).toBe(`${line}\n`)
  })

  it('is - for what is not there', () => {
    const { time, remoteAddr, duration } = RECORD
    const bare = {
      time,
      remoteAddr,
      duration,
      status: 0,
      bytes: 0,
      method: undefined,
      target: undefined,
      protocol: undefined,
    }
    const template =
      '%(r)s %(m)s %(U)s %(q)s %(s)s %(b)s %(B)s %(u)s %(route)s %(request_id)s %(queue)s %({a}i)s %({a}o)s %({a}e)s'
    expect(accessLine(bare, template)).toBe('- - - - - - 0 - - - - - - -\n')
  })
})

it('JSON has route, ids, queue and the named headers', () => {
  expect(JSON.parse(accessLine(RECORD, 'json:+header.x-tenant,+response.etag,+header.x-none'))).toMatchObject({
    route: '/a/:id',
    request_id: ID,
    traceparent: TRACE,
    queue_ms: 12.6,
    'header.x-tenant': 'acme',
    'response.etag': '"1"',
  })
})

it('every value stays in its place, whatever it holds', () => {
  const any = fc.string({ unit: 'binary', maxLength: 300 })
  const template = Object.keys(LOG_ATOMS)
    .map((atom) => `%(${atom})s`)
    .concat('%({x-a}i)s', '%({x-a}o)s', '%({a.b}e)s')
    .join('"')
  fc.assert(
    fc.property(any, any, any, (one, two, three) => {
      const record: AccessRecord = {
        ...RECORD,
        ...{ remoteAddr: one, method: two, target: three, host: two, referer: one, userAgent: two, route: three },
        ...{ requestId: one, traceparent: two, headers: { HTTP_X_A: three }, responseHeaders: ['X-A', one] },
        environ: environFor('/', { 'a.b': two, REMOTE_USER: three }),
      }
      const line = accessLine(record, template)
      expect(line).toMatch(/^[\x20-\x7e]+\n$/)
      expect(line.split('"')).toHaveLength(template.split('"').length)
      for (const format of ['json:+header.x-a,+response.x-a', 'combined+ids']) {
        expect(accessLine(record, format)).toMatch(/^[\x20-\x7e]+\n$/)
      }
      expect(JSON.parse(accessLine(record, 'json:+header.x-a'))['header.x-a']).toBe(three)
    }),
  )
})
