/**
 * One line per request, also for refused and timed-out ones: NCSA combined, or JSON.
 * Knows how a record is written down, not how lines reach the disk (`log/log-file`), and nothing of sockets.
 * No octet of a client can break out of its field or its line (CVE-2009-4487 and its kin): what is not printable
 * ASCII leaves as `\xHH`, fields are bounded, and neither credentials nor bodies are ever written.
 */
import { bounded, escaped } from '../log/escape.ts'
import { LogFile } from '../log/log-file.ts'

/** What the connection knows when a request is over. Strings are raw: they are made safe here. */
export interface AccessRecord {
  /** When the first octet of the request arrived: milliseconds since the epoch. */
  readonly time: number
  readonly remoteAddr: string
  /** `undefined` where the request line could not be read. */
  readonly method: string | undefined
  readonly target: string | undefined
  readonly protocol: string | undefined
  /** The status that was sent; 0 when the connection ended before any. */
  readonly status: number
  /** Octets of the response body that were sent. */
  readonly bytes: number
  /** Milliseconds from the first octet of the request to the last of the response. */
  readonly duration: number
  readonly host?: string | undefined
  readonly referer?: string | undefined
  readonly userAgent?: string | undefined
  /** Why it did not end as usual: a limit, a clock, a client that left. Our own words, never the client's. */
  readonly reason?: string | undefined
}

export type AccessLogFormat = 'combined' | 'json'

/** How long lines are gathered before they are written together: milliseconds. */
const BATCH_TIME = 50

/** The access log of a process. */
export class AccessLog {
  readonly #file: LogFile
  readonly #format: AccessLogFormat

  /**
   * @param target a path, or `-` for standard output.
   * @param onTrouble told in one line when lines cannot be written, and when they can again.
   * @throws when the file cannot be opened.
   */
  constructor(target: string, format: AccessLogFormat, onTrouble: (trouble: string) => void) {
    this.#file = new LogFile({ target: target === '-' ? 1 : target, delay: BATCH_TIME, onTrouble })
    this.#format = format
  }

  log(record: AccessRecord): void {
    this.#file.write(accessLine(record, this.#format))
  }

  reopen(): void {
    this.#file.reopen()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Turns a record into one line, with its LF. */
export function accessLine(record: AccessRecord, format: AccessLogFormat): string {
  return format === 'json' ? jsonLine(record) : combinedLine(record)
}

function combinedLine(record: AccessRecord): string {
  const request = record.method === undefined ? '-' : requestLine(record)
  return (
    `${field(record.remoteAddr)} - - [${clfTime(record.time)}] "${request}" ${record.status || '-'} ` +
    `${record.bytes || '-'} "${field(record.referer)}" "${field(record.userAgent)}"` +
    `${record.reason === undefined ? '' : ` ${field(record.reason)}`}\n`
  )
}

function requestLine(record: AccessRecord): string {
  return `${field(record.method)} ${field(record.target)} ${field(record.protocol)}`
}

/** JSON has its own escapes; what is left outside printable ASCII (DEL, C1, anything wider) becomes `\uHHHH`. */
function jsonLine(record: AccessRecord): string {
  const text = JSON.stringify({
    time: new Date(record.time).toISOString(),
    remote_addr: clipped(record.remoteAddr),
    method: clipped(record.method),
    target: clipped(record.target),
    protocol: clipped(record.protocol),
    status: record.status,
    bytes: record.bytes,
    duration_ms: Math.round(record.duration * 1000) / 1000,
    host: clipped(record.host),
    referer: clipped(record.referer),
    user_agent: clipped(record.userAgent),
    reason: record.reason,
  })
  return `${text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}

function clipped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : bounded(text)
}

function field(text: string | undefined): string {
  return text === undefined || text === '' ? '-' : escaped(bounded(text))
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** The second that was written last: most lines within a second begin alike. */
const lastSecond = { second: Number.NaN, text: '' }

/** `20/Nov/2026:17:03:09 +0000`: always UTC, so that no line depends on the machine. */
function clfTime(time: number): string {
  const second = Math.floor(time / 1000)
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
