/**
 * A client's reading of a stream of responses, written apart from the server's code so that it can disagree with it.
 */

export interface Response {
  readonly status: number
  readonly reason: string
  /** Name in lower case, value; in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** False when the stream ended before the message did. */
  readonly complete: boolean
}

/** @param isHead for each final response, whether it answers HEAD. */
export function readResponses(stream: string, isHead: (index: number) => boolean): Response[] {
  const responses: Response[] = []
  let finals = 0
  for (let rest = stream; rest !== ''; ) {
    const [response, length] = readResponse(rest, isHead(finals))
    responses.push(response)
    if (response.status >= 200) finals++
    rest = rest.slice(length)
  }
  return responses
}

export function field(response: Response, name: string): string | undefined {
  return response.fields.find(([found]) => found === name)?.[1]
}

function readResponse(stream: string, isHead: boolean): [Response, number] {
  const end = stream.indexOf('\r\n\r\n')
  if (end === -1) throw new Error(`the head of a response is cut: ${JSON.stringify(stream)}`)
  const [statusLine = '', ...lines] = stream.slice(0, end).split('\r\n')
  const match = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine)
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`)
  const fields = lines.map((line) => {
    const pair = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): (.*)$/.exec(line)
    if (pair === null) throw new Error(`not a field line: ${JSON.stringify(line)}`)
    return [(pair[1] ?? '').toLowerCase(), pair[2] ?? ''] as const
  })
  const status = Number(match[1])
  const head = { status, reason: match[2] ?? '', fields }
  const [body, length, complete] = readBody(
    stream.slice(end + 4),
    head.fields,
    isHead || status < 200 || status === 204 || status === 304,
  )
  return [{ ...head, body, complete }, end + 4 + length]
}

function readBody(stream: string, fields: Response['fields'], none: boolean): [string, number, boolean] {
  if (none) return ['', 0, true]
  const values = (name: string) => fields.filter(([found]) => found === name).map(([, value]) => value)
  const [length, coding] = [values('content-length'), values('transfer-encoding')]
  if (length.length + coding.length > 1) throw new Error('a response that is framed twice')
  if (length[0] !== undefined)
    return [stream.slice(0, Number(length[0])), Number(length[0]), stream.length >= Number(length[0])]
  return coding[0] === undefined ? [stream, stream.length, true] : readChunks(stream)
}

function readChunks(stream: string): [string, number, boolean] {
  let body = ''
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]+)\r\n/.exec(stream.slice(at))
    if (line === null) return [body, stream.length, false]
    const size = Number.parseInt(line[1] ?? '', 16)
    at += line[0].length
    body += stream.slice(at, at + size)
    at += size
    if (stream.slice(at, at + 2) !== '\r\n') return [body, stream.length, false]
    at += 2
    if (size === 0) return [body, at, true]
  }
}
