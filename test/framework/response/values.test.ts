/** Streams, files and problems as what a view returns, under the validator. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, events, file, get, html, problem, setCookie, stream, text } from '@tsgi/framework'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-values-'))
writeFileSync(join(folder, 'a.txt'), 'abc')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function* letters() {
  yield 'ä'
  yield new Uint8Array([98])
}

const closed: string[] = []
const application = new Application(
  [
    get('/stream', () => stream(letters(), 200, [['content-type', 'text/plain']])),
    get('/octets', () => stream(['a', 'b'])),
    get('/web', () => stream(new Blob(['web']).stream(), 201)),
    get('/file', () => file('a.txt', { root: folder, download: 'ü.txt' })),
    get('/policy', () => file('a.txt', { root: folder, headers: [['Content-Security-Policy', 'sandbox']] })),
    get('/typed', () => file('a.txt', { root: folder, headers: [['Content-Type', 'text/x-a']] })),
    get('/missing/:name', ({ params }) => file(params.name, { root: folder })),
    get('/events', () => events(letters2())),
    get('/problem', () =>
      problem({ status: 403, type: 'https://example.com/credit', detail: 'Too little', balance: 30 }, [['X-A', 'b']]),
    ),
    get('/bare', () => problem({ status: 404 })),
    get('/cookie', (request) => text('').withHeaders([setCookie(request, 'a', '1'), setCookie(request, 'b', '2')])),
    get('/after', (request) => {
      request.afterResponse(() => void closed.push('later'))
      request.afterResponse(async () => {
        throw new Error('the mail server is down')
      })
      return text(closed.length === 0 ? 'first' : 'again')
    }),
    get('/hints', (request) => {
      request.earlyHints(['</a.css>; rel=preload; as=style', '</b.js>; rel=preload; as=script'])
      return html('')
    }),
  ],
  { notFound: () => html('<h1>Nothing here</h1>') },
)

async function* letters2() {
  yield 'a'
}

const ask = (path: string, options = {}) => call(validate(application, { strict: true }), path, options)

describe('a view answers with', () => {
  it('a file of a type it says itself, where the file is what is sent', async () => {
    const types = async (headers: Record<string, string>) => {
      const response = await ask('/typed', { headers })
      return [response.status, response.headers.flatMap(([name, type]) => (name === 'Content-Type' ? [type] : []))]
    }
    expect(await types({})).toEqual([200, ['text/x-a']])
    expect(await types({ range: 'bytes=0-0' })).toEqual([206, ['text/x-a']])
    expect(await types({ 'if-none-match': '*' })).toEqual([304, []])
    expect(await types({ range: 'bytes=99-' })).toEqual([416, ['text/plain; charset=utf-8']])
  })

  it('a stream of text and octets', async () => {
    const response = await ask('/stream')
    expect([response.text, response.headers]).toEqual(['äb', [['content-type', 'text/plain']]])
  })

  it('a stream of octets, if it says nothing else', async () => {
    expect([(await ask('/octets')).text, (await ask('/octets')).header('content-type')]).toEqual([
      'ab',
      'application/octet-stream',
    ])
  })

  it('a stream of the platform', async () => {
    const response = await ask('/web')
    expect([response.status, response.text]).toEqual([201, 'web'])
  })

  it('a file, with its name for saving, ranges and HEAD', async () => {
    const response = await ask('/file')
    expect([response.text, response.header('content-disposition')]).toEqual([
      'abc',
      'attachment; filename="_.txt"; filename*=UTF-8\'\'%C3%BC.txt',
    ])
    expect([
      (await ask('/file', { headers: { Range: 'bytes=1-' } })).text,
      (await ask('/file', { method: 'HEAD' })).text,
    ]).toEqual(['bc', ''])
  })

  it('a file with headers of the view, whatever the status', async () => {
    for (const headers of [{}, { Range: 'bytes=9-' }]) {
      expect((await ask('/policy', { headers })).header('content-security-policy')).toBe('sandbox')
    }
  })

  it.each(['b.txt', '..%2Fetc', '%2E%2E'])(
    'the 404 of the application for the file %s that is not there',
    async (name) => {
      const response = await ask(`/missing/${name}`)
      expect([response.status, response.text]).toEqual([404, '<h1>Nothing here</h1>'])
    },
  )

  it('events', async () => {
    expect((await ask('/events')).text).toBe(':\n\ndata: a\n\n')
  })

  it('a problem (RFC 9457 §3)', async () => {
    const response = await ask('/problem')
    expect([response.status, response.headers]).toEqual([
      403,
      [
        ['Content-Type', 'application/problem+json'],
        ['X-A', 'b'],
      ],
    ])
    expect(response.json()).toEqual({
      status: 403,
      title: 'Forbidden',
      type: 'https://example.com/credit',
      detail: 'Too little',
      balance: 30,
    })
    expect((await ask('/bare')).text).toBe('{"status":404,"title":"Not Found"}')
  })

  it('cookies, each a header of its own', async () => {
    expect((await ask('/cookie')).headers.filter(([name]) => name === 'Set-Cookie')).toHaveLength(2)
  })
})

it.each(['text', new Uint8Array(1), 7, null, {}])('stream() refuses %j when it is called', (source) => {
  expect(() => stream(source as unknown as string[])).toThrow(TypeError)
})

describe('beside the answer', () => {
  it('work is done after it, and its failure is in the log only', async () => {
    const response = await ask('/after')
    expect([response.status, response.text, closed]).toEqual([200, 'first', ['later']])
    expect(response.errors).toContain('the mail server is down')
  })

  it('hints go before it (RFC 8297)', async () => {
    const links = [
      ['Link', '</a.css>; rel=preload; as=style'],
      ['Link', '</b.js>; rel=preload; as=script'],
    ]
    expect((await ask('/hints')).earlyHints).toEqual([links])
  })
})
