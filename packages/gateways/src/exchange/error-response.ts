/**
 * The answer that no application gave: a plain-text error, sent along the same road as any other response.
 * Called by the exchange (500 and refused bodies) and by transports (a request they could not make an environ of).
 */
import type { Sink } from './sink.ts'

/**
 * Sends a complete error response. Nothing of the request is reflected in it.
 * @param bodyless true when the request was HEAD.
 */
export function sendErrorResponse(sink: Sink, status: number, bodyless = false, headers: readonly string[] = []): void {
  const phrase = reasonPhrase(status)
  const text = `${phrase || status}\n`
  sink.writeHead({
    status: `${status} ${phrase}`,
    code: status,
    headers: ['Content-Type', 'text/plain; charset=utf-8', ...headers],
    contentLength: text.length,
    bodyless,
  })
  if (!bodyless) sink.write(text, text.length)
  sink.end()
}

/** The status that `wsgi.input` gave an error caused by the client. */
export function inputStatus(error: unknown): number | undefined {
  try {
    if (!(error instanceof Error) || !('tsgi.status' in error)) return undefined
    const status = error['tsgi.status']
    return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
  } catch {
    // A proxy whose traps throw: an application may throw anything.
    return undefined
  }
}

/*
 * Reason phrases for the statuses that a server itself sends (RFC 9110 §15). Knows nothing else.
 */

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
}

/** The phrase of a status, or `''`: a reason phrase may be empty (RFC 9112 §4). */
export function reasonPhrase(status: number): string {
  return PHRASES[status] ?? ''
}
