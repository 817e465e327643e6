/** What the tests behind real proxies ask: who the client is, and the ways of HTTP that proxies treat differently. */
import { createHash } from 'node:crypto'
import type { Application, Environ } from '@tsgi/contract'

/** Targets of all requests so far: a smuggled one would be among them. */
const seen: string[] = []

export const application: Application = (environ, startResponse) => {
  seen.push(environ.REQUEST_URI)
  const page = PAGES[environ.PATH_INFO]
  if (page !== undefined) return page(environ, startResponse)
  const status = /^\/status\/(\d{3})$/.exec(environ.PATH_INFO)?.[1]
  if (status !== undefined) {
    startResponse(`${status} Chosen`, [])
    return status === '204' ? '' : status
  }
  const family = Object.keys(environ).filter((key) => /^HTTP_(X_)?FORWARDED/.test(key))
  const { REMOTE_ADDR, REMOTE_PORT, HTTP_HOST, SERVER_NAME, SERVER_PORT, REQUEST_URI, PATH_INFO, SCRIPT_NAME } = environ
  const facts = { REMOTE_ADDR, REMOTE_PORT, HTTP_HOST, SERVER_NAME, SERVER_PORT, REQUEST_URI, PATH_INFO, SCRIPT_NAME }
  startResponse('200 OK', [['Content-Type', 'application/json']])
  return JSON.stringify({ ...facts, family, scheme: environ['wsgi.url_scheme'] })
}

const TEXT = [['Content-Type', 'text/plain']] as const

const PAGES: Readonly<Record<string, Application>> = {
  '/seen': (_, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'application/json']])
    return JSON.stringify(seen)
  },
  '/environ': (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'application/json']])
    return JSON.stringify(environ)
  },
  '/hints': (environ, startResponse) => {
    environ['tsgi.early_hints']?.([['Link', '</style.css>; rel=preload; as=style']])
    startResponse('200 OK', TEXT)
    return 'hinted'
  },
  '/large-head': (_, startResponse) => {
    startResponse('200 OK', [
      ...TEXT,
      ...Array.from({ length: 12 }, (_, i) => [`X-Large-${i}`, 'x'.repeat(1000)] as const),
    ])
    return 'large'
  },
  '/upload': async (environ, startResponse) => {
    const hash = createHash('sha256')
    let length = 0
    for await (const piece of environ['wsgi.input']) {
      hash.update(piece)
      length += piece.length
    }
    startResponse('200 OK', [['Content-Type', 'application/json']])
    return JSON.stringify({ length, sha256: hash.digest('hex') })
  },
  '/throws': () => {
    throw new Error('the application fails on purpose')
  },
  '/bytes': (_, startResponse) => {
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_byte, i) => i % 251)
    startResponse('200 OK', [['X-Sha256', createHash('sha256').update(bytes).digest('hex')]])
    return bytes
  },
  '/cut': (_, startResponse) => {
    startResponse('200 OK', TEXT)
    return cut()
  },
  '/stream': (_, startResponse) => {
    startResponse('200 OK', [...TEXT, ['X-Accel-Buffering', 'no']])
    return stream()
  },
  '/socket': (environ, startResponse) => {
    const upgrade = environ['tsgi.upgrade']
    if (upgrade === undefined) {
      startResponse('426 Upgrade Required', [...TEXT, ['Upgrade', 'websocket']])
      return 'a WebSocket only'
    }
    const key = createHash('sha1').update(`${environ.HTTP_SEC_WEBSOCKET_KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    const { input } = upgrade([
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Accept', key.digest('base64')],
    ])
    return echoed(input)
  },
}

async function* cut(): AsyncGenerator<string> {
  yield 'begun'
  await new Promise((resolve) => setTimeout(resolve, 50))
  throw new Error('the body fails on purpose')
}

/** The second piece comes so late that a proxy which collects the response shows it. */
async function* stream(): AsyncGenerator<string> {
  yield 'first\n'
  await new Promise((resolve) => setTimeout(resolve, 2000))
  yield 'second\n'
}

/** Echoes short frames of text (RFC 6455 §5.2), each in one piece. */
async function* echoed(input: Environ['wsgi.input']): AsyncGenerator<Uint8Array> {
  for await (const frame of input) {
    const length = (frame[1] ?? 0) & 0x7f
    const mask = frame.subarray(2, 6)
    const text = frame.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0))
    yield Uint8Array.of(frame[0] ?? 0, length, ...text)
    if (((frame[0] ?? 0) & 0x0f) === 8) return
  }
}
