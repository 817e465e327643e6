/**
 * Which CGI variables are header fields of the request (RFC 3875 §4.1.18), for `runCgi` and for the protocols of web
 * servers. Knows names and values; knows no process and no socket.
 */

/** Twins of CONTENT_*; what belongs to the connection of the client with the web server; httpoxy. */
const NOT_HEADERS: ReadonlySet<string> = new Set(
  ['CONTENT_TYPE', 'CONTENT_LENGTH', 'CONNECTION', 'KEEP_ALIVE', 'PROXY_CONNECTION', 'TE', 'TRAILER']
    .concat(['TRANSFER_ENCODING', 'UPGRADE', 'EXPECT', 'PROXY'])
    .map((name) => `HTTP_${name}`),
)

/** The name of the field that a variable `HTTP_*` carries, in lower case; `undefined` if it carries none. */
export function cgiHeaderName(variable: string): string | undefined {
  if (!variable.startsWith('HTTP_') || NOT_HEADERS.has(variable)) return undefined
  // `_` stands for `-`: a server that tells them apart drops names with `_`.
  return variable.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-')
}

/** A value without OWS around it (RFC 9110 §5.5): nginx leaves HTAB there. */
export function cgiHeaderValue(value: string): string {
  return value.replace(/^[\t ]+|[\t ]+$/g, '')
}
