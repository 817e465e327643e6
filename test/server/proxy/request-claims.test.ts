/** The id, the trace and the waiting time that a front says of a request: strict, and never ours to guess. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readQueueTime, readRequestId, readTraceparent } from '../../../packages/server/src/proxy/request-claims.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('traceparent (W3C Trace Context §3.2, §4.3)', () => {
  it.each([
    ['as it is', `00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    ['with unknown flags, which version 00 passes on', `00-${TRACE}-${SPAN}-ff`, `00-${TRACE}-${SPAN}-ff`],
    ['of a later version', `cc-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    ['of a later version with more behind', `cc-${TRACE}-${SPAN}-09-what-the-future`, `00-${TRACE}-${SPAN}-01`],
  ])('is read %s', (_how, sent, read) => {
    expect(readTraceparent(sent)).toBe(read)
  })

  it.each([
    ['without a value', undefined],
    ['empty', ''],
    ['with more behind in version 00', `00-${TRACE}-${SPAN}-01-more`],
    ['of a later version without a dash behind', `cc-${TRACE}-${SPAN}-01.more`],
    ['of version ff', `ff-${TRACE}-${SPAN}-01`],
    ['without a trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['without a parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['with a long parent', `00-${TRACE}-${SPAN}0-01`],
    ['without flags', `00-${TRACE}-${SPAN}`],
    ['with one flag digit', `00-${TRACE}-${SPAN}-1`],
    ['with underscores', `00_${TRACE}_${SPAN}_01`],
    ['twice', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['with a line break', `00-${TRACE}-${SPAN}-01\n`],
  ])('is not read %s', (_how, sent) => {
    expect(readTraceparent(sent)).toBeUndefined()
  })

  it('is version 00, whatever was sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)),
        (sent) => {
          const read = readTraceparent(sent)
          if (read !== undefined) expect(read).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
        },
      ),
    )
  })
})

describe('X-Request-Id', () => {
  it.each(['abc-1.2:3/4=5@6+7~8_9', 'a'.repeat(128)])('is read: %s', (sent) => {
    expect(readRequestId(sent)).toBe(sent)
  })
  it.each([undefined, '', 'a b', 'a, b', 'a"b', 'é', 'a\nb', 'a'.repeat(129)])('is not read: %j', (sent) => {
    expect(readRequestId(sent)).toBeUndefined()
  })
})

describe('X-Request-Start', () => {
  const received = 1_700_000_000_500
  it.each([
    ['seconds with a fraction, nginx', 't=1700000000.123', 377],
    ['seconds', '1700000000', 500],
    ['milliseconds, Heroku', '1700000000123', 377],
    ['milliseconds with t=', 't=1700000000123', 377],
    ['milliseconds with a fraction', 't=1700000000123.5', 376.5],
    ['microseconds, Apache', 't=1700000000123000', 377],
    ['nanoseconds', '1700000000123000000', 377],
    ['a clock that goes before ours', 't=1700000001.000', 0],
  ])('is read in %s', (_unit, sent, waited) => {
    expect(readQueueTime(sent, received)).toBeCloseTo(waited, 0)
  })
  it.each([
    undefined,
    '',
    't=',
    't=soon',
    '-1700000000',
    '1e12',
    '0x10',
    't=1700000000.1, t=1700000000.2',
    '5',
    '1700009000',
    `${'9'.repeat(20)}`,
  ])('is not read: %j', (sent) => {
    expect(readQueueTime(sent, received)).toBeUndefined()
  })
})
