/** One request over HTTP/2, with Node's client: over TLS by ALPN, over clear text by prior knowledge. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { type Answer, bytesOf, type Fields, type Question } from './message.ts'

interface Ending {
  /** Leaves with a reset of the stream as soon as what has come fits. */
  readonly enough?: (received: Buffer) => boolean
  /** Ends the session, whatever is under way. */
  readonly signal: AbortSignal
}

export async function askOverHttp2(url: string, question: Question, { enough, signal }: Ending): Promise<Answer> {
  const { method = 'GET', path = '/', headers = [], body, chunks, trailers, host = 'conformance.test' } = question
  const session = connect(url, { rejectUnauthorized: false, maxHeaderListPairs: 2000 })
  session.on('error', () => undefined)
  signal.addEventListener('abort', () => session.destroy(), { once: true })
  try {
    await ready(session)
    const length = body === undefined ? [] : [['content-length', String(bytesOf(body).length)] as const]
    const request = session.request(grouped(method, path, host, url, [...headers, ...length]), {
      endStream: body === undefined && chunks === undefined,
      waitForTrailers: trailers !== undefined,
    })
    if (trailers !== undefined) request.once('wantTrailers', () => request.sendTrailers(gathered({}, trailers)))
    let received: Fields = []
    request.on('trailers', (_fields: IncomingHttpHeaders, _flags: number, raw: readonly string[]) => {
      received = pairs(raw)
    })
    const interim: { readonly status: number; readonly headers: Fields }[] = []
    request.on('headers', (fields) => interim.push({ status: Number(fields[':status']), headers: flat(fields) }))
    for (const part of chunks ?? (body === undefined ? [] : [body])) request.write(bytesOf(part))
    if (body !== undefined || chunks !== undefined) request.end()
    const parts: Buffer[] = []
    let isCut = false
    const ended = new Promise<void>((resolve) => {
      request.on('data', (part: Buffer) => {
        parts.push(part)
        if (enough?.(Buffer.concat(parts)) === true) request.close(constants.NGHTTP2_CANCEL)
      })
      request.on('error', () => {
        isCut = true
      })
      request.on('close', resolve)
    })
    const [head] = (await Promise.race([once(request, 'response'), ended.then(() => [undefined])])) as [
      IncomingHttpHeaders | undefined,
    ]
    if (head === undefined) throw new Error(`the stream ended without a response (code ${request.rstCode})`)
    if (enough?.(Buffer.alloc(0)) === true) request.close(constants.NGHTTP2_CANCEL)
    await ended
    const complete = !isCut && request.rstCode === constants.NGHTTP2_NO_ERROR
    return {
      status: Number(head[':status']),
      reason: '',
      headers: flat(head),
      interim,
      body: Buffer.concat(parts),
      trailers: received,
      complete,
    }
  } finally {
    session.destroy()
  }
}

async function ready(session: ClientHttp2Session): Promise<void> {
  if (session.connecting) await once(session, 'connect')
}

function grouped(
  method: string,
  path: string,
  host: string,
  url: string,
  headers: Fields,
): Record<string, string | string[]> {
  const scheme = url.startsWith('https:') ? 'https' : 'http'
  const all: Record<string, string | string[]> = {
    ':method': method,
    ':path': path,
    ':authority': host,
    ':scheme': scheme,
  }
  return gathered(all, headers)
}

/** Adds fields: a name that comes twice has a list of values. */
function gathered(all: Record<string, string | string[]>, fields: Fields): Record<string, string | string[]> {
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    const before = all[key]
    all[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return all
}

function pairs(raw: readonly string[]): Fields {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : []))
}

function flat(fields: IncomingHttpHeaders): Fields {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (name.startsWith(':') || value === undefined) return []
    return (Array.isArray(value) ? value : [value]).map((each): readonly [string, string] => [name, each])
  })
}
