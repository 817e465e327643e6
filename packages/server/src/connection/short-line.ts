/**
 * A request in one line for a person at a terminal: `GET /users/7 200 1.2 ms`. Knows how it looks, with colour or without; no
 * byte of a client reaches the terminal as it is.
 */
import { bounded, escaped } from '../log/escape.ts'
import type { AccessRecord } from './access-record.ts'

const RED = 31
const GREEN = 32
const YELLOW = 33
const CYAN = 36
const FAINT = 2

/** What pages of `--reload` ask by themselves is no request of a person. */
const OWN_PATH = '/-/tsgi-live/'

/** With its LF; empty for a request that is not worth a line. */
export function shortLine(record: AccessRecord, isColoured: boolean): string {
  const { method = '-', target = '-', status, duration, reason } = record
  if (target.startsWith(OWN_PATH)) return ''
  const paint = (text: string, colour: number) => (isColoured ? `\x1b[${colour}m${text}\x1b[0m` : text)
  const request = `${escaped(bounded(method))} ${escaped(bounded(target))}`
  const time = paint(durationText(duration), FAINT)
  const why = reason === undefined ? '' : ` ${paint(`(${escaped(bounded(reason))})`, FAINT)}`
  return `${request} ${paint(String(status || '-'), colourOf(status))} ${time}${why}\n`
}

function colourOf(status: number): number {
  if (status >= 500 || status === 0) return RED
  if (status >= 400) return YELLOW
  return status >= 300 ? CYAN : GREEN
}

function durationText(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`
}
