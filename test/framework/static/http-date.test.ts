import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../../packages/framework/src/static/http-date.ts'

const THEN = 784111777 // the example of RFC 9110 §5.6.7
const NOW = Date.UTC(2026, 0, 1)

describe('HTTP-date (RFC 9110 §5.6.7)', () => {
  it.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['rfc850-date', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime-date', 'Sun Nov  6 08:49:37 1994'],
  ])('reads %s', (_, text) => {
    expect(parseHttpDate(text, NOW)).toBe(THEN)
  })

  it.each([
    ['76', 2076],
    ['77', 1977],
    ['99', 1999],
    ['00', 2000],
  ])('takes the two-digit year %s for %i when it is 2026: at most 50 years ahead', (digits, year) => {
    const seconds = parseHttpDate(`Sunday, 01-Mar-${digits} 00:00:00 GMT`, NOW)
    expect(new Date((seconds ?? 0) * 1000).getUTCFullYear()).toBe(year)
  })

  it.each([
    '',
    '0',
    '784111777',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sun Nov 06 08:49:37 GMT 1994',
    'Sun Nov 6 08:49:37 1994',
    'Xyz, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('refuses %j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined()
  })

  it('reads what it writes, and what another writer of each form writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253402300799 }), (seconds) => {
        expect(parseHttpDate(formatHttpDate(seconds))).toBe(seconds)
        expect(parseHttpDate(asctime(seconds))).toBe(seconds)
      }),
    )
  })

  it('reads every second of the last 50 years in the rfc850 form', () => {
    const last = Math.floor(NOW / 1000)
    fc.assert(
      fc.property(fc.integer({ min: last - 49 * 365 * 86400, max: last }), (seconds) => {
        expect(parseHttpDate(rfc850(seconds), NOW)).toBe(seconds)
      }),
    )
  })

  it('never throws, and gives whole seconds or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const seconds = parseHttpDate(text)
        expect(seconds === undefined || Number.isSafeInteger(seconds)).toBe(true)
      }),
    )
  })
})

function asctime(seconds: number): string {
  const [, day, date = '', month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(formatHttpDate(seconds)) ?? []
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`
}

function rfc850(seconds: number): string {
  const long = new Date(seconds * 1000).toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' })
  const [, date, month, year = '', time] = /^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/.exec(formatHttpDate(seconds)) ?? []
  return `${long}, ${date}-${month}-${year.slice(2)} ${time} GMT`
}
