/** The middleware where it is used: around another framework, and on a real server that cuts, streams and frames. */
import { once } from 'node:events'
import http from 'node:http'
import { createGunzip } from 'node:zlib'
import { type Application, type Middleware, validate } from '@tsgi/contract'
import { type AccessRecord, accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { request } from '@tsgi/framework/testing'
import { fromNodeHandler, serve } from '@tsgi/server'
import express from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { TEXT } from './applications.ts'

const records: AccessRecord[] = []
const all: Middleware = (application) =>
  accessLog({ write: (_line, record) => records.push(record) })(
    requestId({ generate: () => 'id-1' })(compress()(conditionalGet()(application))),
  )

describe('around Express', () => {
  const site = express()
  site.get('/page', (_request, response) => void response.type('html').send(TEXT))
  site.get('/stream', (_request, response) => {
    response.type('text/plain')
    response.write(TEXT)
    response.end(TEXT)
  })
  site.get('/fails', () => {
    throw new Error('no')
  })
  const application = all(validate(fromNodeHandler(site)))

  it.each(['/page', '/stream'])('codes %s, and names and logs the request', async (target) => {
    records.length = 0
    const response = await request(application).get(target).header('Accept-Encoding', 'gzip')
    expect(response.status).toBe(200)
    expect(response.header('content-encoding')).toBe('gzip')
    expect(response.header('content-length')).toBeUndefined()
    expect(response.header('vary')).toContain('Accept-Encoding')
    expect(response.header('x-request-id')).toBe('id-1')
    expect(records).toMatchObject([
      { status: 200, bytes: response.bytes.length, requestId: 'id-1', outcome: 'complete' },
    ])
  })

  it('revalidates the tag that Express made', async () => {
    const first = await request(application).get('/page').header('Accept-Encoding', 'br')
    const etag = first.header('etag') ?? ''
    const again = await request(application).get('/page').header('Accept-Encoding', 'br').header('If-None-Match', etag)
    expect(again.status).toBe(304)
  })

  it('leaves its error page to it', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined)
    onTestFinished(() => void vi.restoreAllMocks())
    expect((await request(application).get('/fails')).status).toBe(500)
  })
})

async function served(application: Application): Promise<URL> {
  const server = await serve(application, { bind: ['127.0.0.1:0'] })
  onTestFinished(() => server.close())
  return new URL(server.addresses[0] ?? '')
}

describe('on our server', () => {
  it('sends a known length for what is coded whole, to HEAD as to GET', async () => {
    const url = await served(
      all((_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return TEXT
      }),
    )
    const get = await fetch(url)
    const head = await fetch(url, { method: 'HEAD' })
    expect(await get.text()).toBe(TEXT)
    expect(get.headers.get('content-encoding')).toBe('gzip')
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  })

  it('brings each event of a coded stream to the client before the next is made, and ends when the client leaves', async () => {
    records.length = 0
    const ended = Promise.withResolvers<void>()
    let next = Promise.withResolvers<void>()
    const application: Application = (environ, startResponse) => {
      const signal = environ['tsgi.signal']
      signal.addEventListener('abort', () => next.resolve())
      startResponse('200 OK', [['Content-Type', 'text/event-stream']])
      return (async function* () {
        try {
          for (let i = 1; !signal.aborted; i++) {
            yield `data: ${i}\n\n`
            await next.promise
            next = Promise.withResolvers()
          }
        } finally {
          ended.resolve()
        }
      })()
    }
    const coded = compress({ compressible: () => true, codings: ['gzip'] })
    const logged = accessLog({ write: (_line, record) => records.push(record) })
    const url = await served(logged(validate(coded(validate(application)))))
    const asked = http.get(url, { headers: { 'Accept-Encoding': 'gzip' } })
    const [response]: http.IncomingMessage[] = await once(asked, 'response')
    const events = createGunzip()
    response?.pipe(events)
    for (let i = 1; i <= 3; i++) {
      expect(String((await once(events, 'data'))[0])).toBe(`data: ${i}\n\n`)
      next.resolve()
    }
    response?.unpipe(events)
    asked.destroy()
    events.destroy()
    await ended.promise
    await vi.waitFor(() => expect(records).toMatchObject([{ status: 200, outcome: 'aborted' }]))
  })
})
