/**
 * One line per request, also for refused and timed-out ones: NCSA combined, or JSON.
 * Knows how a record is written down, not how lines reach the disk (`log/log-file`), and nothing of sockets.
 * No octet of a client can break out of its field or its line (CVE-2009-4487 and its kin): what is not printable
 * ASCII leaves as `\xHH`, fields are bounded, and neither credentials nor bodies are ever written.
 */
import { bounded } from '../log/escape.ts'
import { LogFile } from '../log/log-file.ts'
import type { AccessRecord } from './access-record.ts'
import { CombinedLineCache } from './combined-line-cache.ts'

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

  /** @param memory of the connection that brought the request. */
  log(record: AccessRecord, memory: CombinedLineCache): void {
    if (this.#format === 'json') this.#file.write(jsonLine(record))
    else this.#file.write(memory.before(record), bytesOf(record), memory.after(record))
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
  const memory = new CombinedLineCache()
  return memory.before(record) + bytesOf(record) + memory.after(record)
}

function bytesOf(record: AccessRecord): string {
  return record.bytes === 0 ? '-' : String(record.bytes)
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
