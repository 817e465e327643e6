/**
 * What was safe to write of the last request of a connection, in NCSA combined: the next one has most of it again, and
 * is looked at only where it differs. Equal strings of one connection are mostly the same object, which costs next to
 * nothing to see. Knows how fields are made safe (G-01, G-02), not where lines go.
 */
import { bounded, escaped } from '../log/escape.ts'
import type { AccessRecord } from './access-record.ts'

export class CombinedLineCache {
  #remoteAddr: string | undefined
  #method: string | undefined
  #target: string | undefined
  #protocol: string | undefined
  #referer: string | undefined
  #userAgent: string | undefined
  #status = Number.NaN
  #second = Number.NaN
  /** The address and the request line are in it: kept apart from what changes by itself. */
  #opening = ''
  #request = ''
  #before = ''
  #after = ' "-" "-"\n'

  /** The line up to its status, with a space behind. */
  before(record: AccessRecord): string {
    const second = Math.floor(record.time / 1000)
    if (!this.#knowsRequest(record)) this.#readRequest(record)
    else if (second === this.#second && record.status === this.#status) return this.#before
    this.#second = second
    this.#status = record.status
    this.#before = `${this.#opening}${clfTime(second)}${this.#request}${record.status || '-'} `
    return this.#before
  }

  /** What follows the number of octets, with the LF. */
  after({ referer, userAgent, reason }: AccessRecord): string {
    if (referer !== this.#referer || userAgent !== this.#userAgent) {
      this.#referer = referer
      this.#userAgent = userAgent
      this.#after = ` "${field(referer)}" "${field(userAgent)}"\n`
    }
    return reason === undefined ? this.#after : `${this.#after.slice(0, -1)} ${field(reason)}\n`
  }

  #knowsRequest({ remoteAddr, method, target, protocol }: AccessRecord): boolean {
    return (
      target === this.#target &&
      method === this.#method &&
      remoteAddr === this.#remoteAddr &&
      protocol === this.#protocol
    )
  }

  #readRequest({ remoteAddr, method, target, protocol }: AccessRecord): void {
    this.#remoteAddr = remoteAddr
    this.#method = method
    this.#target = target
    this.#protocol = protocol
    this.#opening = `${field(remoteAddr)} - - [`
    this.#request = method === undefined ? '] "-" ' : `] "${field(method)} ${field(target)} ${field(protocol)}" `
  }
}

function field(text: string | undefined): string {
  return text === undefined || text === '' ? '-' : escaped(bounded(text))
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** The second that was written last: most lines within a second begin alike. */
const lastSecond = { second: Number.NaN, text: '' }

/** `20/Nov/2026:17:03:09 +0000`: always UTC, so that no line depends on the machine. */
function clfTime(second: number): string {
  if (second !== lastSecond.second) {
    lastSecond.text = formatSecond(second)
    lastSecond.second = second
  }
  return lastSecond.text
}

function formatSecond(second: number): string {
  const at = new Date(second * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return (
    `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:` +
    `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
  )
}
