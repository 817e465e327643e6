/**
 * One line per request, also for refused and timed-out ones: NCSA combined, JSON, or by a template.
 * Knows how a record is written down, not how lines reach the disk (`log/log-file`), and nothing of sockets.
 * No byte of a client can break out of its field or its line (CVE-2009-4487 and similar): what is not printable
 * ASCII leaves as `\xHH`, fields are bounded, and neither credentials nor bodies are ever written.
 */
import { type LogFormat, parseLogFormat } from '../config/log-format.ts'
import { bounded, logField } from '../log/escape.ts'
import { LogFile } from '../log/log-file.ts'
import type { AccessRecord } from './access-record.ts'
import { accessTemplate, namedValue } from './access-template.ts'
import { clfTime } from './clf-time.ts'
import { shortLine } from './short-line.ts'

/** How long lines are gathered before they are written together: milliseconds. */
const BATCH_DELAY_MS = 50

/** The access log of a process. */
export class AccessLog {
  readonly #file: LogFile
  /** Of one record; `undefined` for combined lines, which the connection helps to make. */
  readonly #line: ((record: AccessRecord) => string) | undefined

  /**
   * @param target a path, or `-` for standard output.
   * @param format as `--access-log-format` has it.
   * @param onTrouble called with one line when lines cannot be written, and when they can again.
   * @throws when the file cannot be opened, and for an unknown format.
   */
  constructor(target: string, format: string, onTrouble: (trouble: string) => void) {
    this.#file = new LogFile({ target: target === '-' ? 1 : target, delay: BATCH_DELAY_MS, onTrouble })
    const isColoured = target === '-' && process.stdout.isTTY === true && !process.env.NO_COLOR
    this.#line = lineMaker(parseLogFormat(format), isColoured)
  }

  /** @param memory of the connection that brought the request. */
  log(record: AccessRecord, memory: CombinedLineCache): void {
    if (this.#line !== undefined) this.#file.write(this.#line(record))
    else this.#file.write(memory.before(record), bytesOf(record), memory.after(record))
  }

  reopen(): void {
    this.#file.reopen()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Turns a record into one line, with its LF. @param format as `--access-log-format` has it. */
export function accessLine(record: AccessRecord, format: string): string {
  return (lineMaker(parseLogFormat(format), false) ?? combinedLine)(record)
}

/** @returns `undefined` for combined lines. */
function lineMaker(format: LogFormat, isColoured: boolean): ((record: AccessRecord) => string) | undefined {
  switch (format.kind) {
    case 'json':
      return (record) => jsonLine(record, format.fields)
    case 'short':
      return (record) => shortLine(record, isColoured)
    case 'template':
      return accessTemplate(format.parts)
    case 'combined':
      return undefined
  }
}

function combinedLine(record: AccessRecord): string {
  const memory = new CombinedLineCache()
  return memory.before(record) + bytesOf(record) + memory.after(record)
}

function bytesOf(record: AccessRecord): string {
  return record.bytes === 0 ? '-' : String(record.bytes)
}

/** JSON has its own escapes; what is left outside printable ASCII (DEL, C1, anything wider) becomes `\uHHHH`. */
function jsonLine(record: AccessRecord, fields: JsonFields): string {
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
    route: clipped(record.route),
    request_id: clipped(record.requestId),
    traceparent: clipped(record.traceparent),
    queue_ms: record.queue === undefined ? undefined : Math.round(record.queue * 1000) / 1000,
    ...(fields.length > 0 && namedFields(record, fields)),
  })
  return `${text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}

type JsonFields = Extract<LogFormat, { kind: 'json' }>['fields']

/** `header.x-tenant`, `response.etag`: a dot keeps them apart from our own. */
function namedFields(record: AccessRecord, fields: JsonFields): Record<string, string | undefined> {
  return Object.fromEntries(
    fields.map(({ kind, name }) => [
      `${kind === 'i' ? 'header' : 'response'}.${name}`,
      clipped(namedValue(record, kind, name)),
    ]),
  )
}

function clipped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : bounded(text)
}

/*
 * What was safe to write of the last request of a connection, in NCSA combined: the next one has most of it again, and
 * is looked at only where it differs. Equal strings of one connection are mostly the same object, which costs next to
 * nothing to see. Knows how fields are made safe (G-01, G-02), not where lines go.
 */

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

  /** What follows the number of bytes, with the LF. */
  after({ referer, userAgent, reason }: AccessRecord): string {
    if (referer !== this.#referer || userAgent !== this.#userAgent) {
      this.#referer = referer
      this.#userAgent = userAgent
      this.#after = ` "${logField(referer)}" "${logField(userAgent)}"\n`
    }
    return reason === undefined ? this.#after : `${this.#after.slice(0, -1)} ${logField(reason)}\n`
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
    this.#opening = `${logField(remoteAddr)} - - [`
    this.#request =
      method === undefined ? '] "-" ' : `] "${logField(method)} ${logField(target)} ${logField(protocol)}" `
  }
}
