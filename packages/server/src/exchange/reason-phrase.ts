/**
 * Reason phrases for the statuses a server answers with by itself (RFC 9110 §15). Knows nothing else.
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
