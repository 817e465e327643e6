/** One server-sent event as text (WHATWG HTML §9.2.5). Knows the format only. */

export interface ServerEvent {
  /** Text goes as it is, line by line; anything else as JSON. */
  readonly data: unknown
  /** What the client listens for. Default `message`. */
  readonly event?: string | undefined
  /** What the client sends as `Last-Event-ID` when it comes again. */
  readonly id?: string | undefined
  /** Milliseconds the client waits before it comes again; holds from now on. */
  readonly retry?: number | undefined
}

/** @throws TypeError for what would be read as something else, or has no JSON form. */
export function formatEvent({ data, event, id, retry }: ServerEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  if (text === undefined)
    throw new TypeError(`an event has ${typeof data} as its data; give text, or data with a JSON form`)
  if (event === undefined && id === undefined && retry === undefined && !LINE_END.test(text)) return `data: ${text}\n\n`
  const lines = [field('event', event), field('id', id), retryField(retry)]
  for (const line of text.split(/\r\n|\r|\n/)) lines.push(`data: ${line}\n`)
  return `${lines.join('')}\n`
}

const LINE_END = /[\r\n]/

/** A comment, which keeps the connection alive (WHATWG HTML §9.2.7). */
export const HEARTBEAT = ':\n\n'

export function retryField(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return ''
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
    throw new TypeError(`retry is ${milliseconds}; it must be a whole number of milliseconds`)
  }
  return `retry: ${milliseconds}\n`
}

function field(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  // A line end would begin another field; with a NUL the client ignores an id.
  if (/[\r\n\0]/.test(value)) throw new TypeError(`an event's ${name} may not hold a line end or NUL`)
  return `${name}: ${value}\n`
}
