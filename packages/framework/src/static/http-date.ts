/**
 * HTTP-date (RFC 9110 §5.6.7) to seconds since 1970 and back. Reads the three forms and nothing else: `Date.parse` takes
 * far more, and what it takes differs between engines.
 */

/** Writes the IMF-fixdate form. */
export function formatHttpDate(seconds: number): string {
  return new Date(seconds * 1000).toUTCString()
}

/**
 * @param now milliseconds; decides the century of a two-digit year.
 * @returns whole seconds since 1970, `undefined` if it is not an HTTP-date.
 */
export function parseHttpDate(text: string, now: number = Date.now()): number | undefined {
  const fixed = IMF_FIXDATE.exec(text)?.groups
  if (fixed !== undefined) return secondsOf(fixed, Number(fixed.year))
  const ansi = ASCTIME.exec(text)?.groups
  if (ansi !== undefined) return secondsOf(ansi, Number(ansi.year))
  const old = RFC_850.exec(text)?.groups
  return old === undefined ? undefined : secondsInCentury(old, now)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)'
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'

const IMF_FIXDATE = new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`)
const RFC_850 = new RegExp(`^${LONG_DAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`)
const ASCTIME = new RegExp(`^${DAY} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`)

type Parts = Readonly<Record<string, string | undefined>>

/** A date that seems more than 50 years ahead is the last one in the past with these digits (RFC 9110 §5.6.7). */
function secondsInCentury(parts: Parts, now: number): number | undefined {
  const year = new Date(now).getUTCFullYear()
  const sameCentury = year - (year % 100) + Number(parts.year)
  return secondsOf(parts, sameCentury > year + 50 ? sameCentury - 100 : sameCentury)
}

function secondsOf(parts: Parts, year: number): number | undefined {
  const day = Number(parts.day)
  const date = new Date(0)
  // Not Date.UTC: it reads the years 0–99 as 1900–1999.
  date.setUTCFullYear(year, MONTHS.indexOf(parts.month ?? ''), day)
  if (date.getUTCDate() !== day) return undefined
  date.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second))
  return date.getTime() / 1000
}
