import { type Body, type Application as ContractApplication, type Environ, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, cascade, get, group, mount, post, text } from '@tsgi/framework'
import { describe, expect, it } from 'vitest'

const PLAIN = [['Content-Type', 'text/plain']] as const

function answering(status: string, body: () => Body = () => status): ContractApplication {
  return validate((_, startResponse) => {
    startResponse(status, PLAIN)
    return body()
  })
}

const missing = answering('404 Not Found')

function ask(...applications: readonly ContractApplication[]) {
  return call(validate(cascade(...applications)), '/a/b')
}

describe('cascade()', () => {
  it.each<[string, readonly ContractApplication[], number, string]>([
    ['the first that is not 404', [missing, answering('200 OK'), answering('201 Created')], 200, '200 OK'],
    ['another error than 404', [missing, answering('403 Forbidden'), answering('200 OK')], 403, '403 Forbidden'],
    ['405', [answering('405 Method Not Allowed'), answering('200 OK')], 405, '405 Method Not Allowed'],
    ['the last if all are 404', [missing, answering('404 Not Found', () => 'mine')], 404, 'mine'],
    ['the only one', [missing], 404, '404 Not Found'],
  ])('answers with %s', async (_, applications, status, body) => {
    const response = await ask(...applications)
    expect([response.status, response.text]).toEqual([status, body])
  })

  it('needs an application', () => {
    expect(() => cascade()).toThrow(new TypeError('cascade() needs at least one application'))
  })

  it('waits for one that begins its response with its first chunk', async () => {
    const late = (status: string): ContractApplication =>
      validate(async function* (_, startResponse) {
        yield ''
        startResponse(status, PLAIN)
        yield status
        yield '!'
      } satisfies (...parts: Parameters<ContractApplication>) => AsyncIterable<string>)
    expect((await ask(late('404 Not Found'), late('200 OK'), missing)).text).toBe('200 OK!')
  })

  it('drops what a losing application writes', async () => {
    const writes: ContractApplication = async (_, startResponse) => {
      await startResponse('404 Not Found', PLAIN)('lost')
      return ['lost too']
    }
    expect((await ask(validate(writes), answering('200 OK'))).text).toBe('200 OK')
  })

  it('lets one that said 404 say something else, with an error', async () => {
    const second: ContractApplication = (_, startResponse) => {
      startResponse('404 Not Found', PLAIN)
      startResponse('500 Internal Server Error', PLAIN, new Error('late'))
      return 'failed'
    }
    const response = await ask(validate(second), answering('200 OK'))
    expect([response.status, response.text]).toEqual([500, 'failed'])
  })

  it('closes the body of a losing application once, without asking for a chunk', async () => {
    const trace: string[] = []
    const body = Object.assign(['x'], { close: () => void trace.push('closed') })
    expect(
      (
        await ask(
          answering('404 Not Found', () => body),
          answering('200 OK'),
        )
      ).status,
    ).toBe(200)
    expect(trace).toEqual(['closed'])
  })

  it('ends and closes it once, if it had to be begun', async () => {
    const trace: string[] = []
    const loser: ContractApplication = (_, startResponse) => {
      const body = (async function* () {
        try {
          startResponse('404 Not Found', PLAIN)
          yield 'x'
        } finally {
          trace.push('returned')
        }
      })()
      return Object.assign(body, { close: () => void trace.push('closed') })
    }
    expect((await ask(validate(loser), answering('200 OK'))).status).toBe(200)
    expect(trace).toEqual(['returned', 'closed'])
  })

  it('closes the body of the winner once, begun or not', async () => {
    const trace: string[] = []
    const winner: ContractApplication = async (_, startResponse) => {
      const body = (async function* () {
        startResponse('200 OK', PLAIN)
        yield 'a'
        yield 'b'
      })()
      return Object.assign(body, { close: () => void trace.push('closed') })
    }
    expect((await ask(winner, missing)).text).toBe('ab')
    expect(trace).toEqual(['closed'])
  })

  it('closes a body that fails before it has said anything, and passes the failure on', async () => {
    const trace: string[] = []
    const failing: ContractApplication = () => {
      const body = (async function* (): AsyncGenerator<string> {
        if (trace.length === 0) throw new Error('broken')
        yield 'never'
      })()
      return Object.assign(body, { close: () => void trace.push('closed') })
    }
    const response = await call(cascade(failing, missing), '/')
    expect([response.status, response.errors]).toEqual([500, expect.stringContaining('broken')])
    expect(trace).toEqual(['closed'])
  })

  it('undoes what a losing application has done to the environ', async () => {
    let seen: Environ | undefined
    const spy: ContractApplication = (environ, startResponse) => {
      seen = { ...environ }
      startResponse('204 No Content', [])
      return ''
    }
    const meddler: ContractApplication = (environ, startResponse) => {
      environ['test.left'] = true
      delete environ.HTTP_HOST
      environ.QUERY_STRING = 'changed'
      startResponse('404 Not Found', PLAIN)
      return ''
    }
    const mounted = new Application([mount('/a', new Application([get('/x', () => '')]))])
    const environ = environFor('/a/b?q', { headers: { host: 'h.test' } })
    await call(cascade(mounted, meddler, spy), environ)
    expect(seen).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/a/b', QUERY_STRING: 'q', HTTP_HOST: 'h.test' })
    expect(seen).not.toHaveProperty('test.left')
    expect(seen).not.toHaveProperty(['wsgiorg.routing_args'])
  })

  it('leaves a body to the first that reads it', async () => {
    const reader = new Application([post('/a/b', async ({ body }) => text(await body.text()))])
    const response = await call(validate(cascade(missing, reader)), '/a/b', { method: 'POST', body: 'sent' })
    expect(response.text).toBe('sent')
  })

  it('stands in a table like any application', async () => {
    const files = new Application([get('/logo', () => text('logo'))])
    const pages = new Application([get('/:page', ({ params }) => text(params.page))])
    const application = validate(new Application([group('/site', [mount('', cascade(files, pages))])]))
    expect((await call(application, '/site/logo')).text).toBe('logo')
    expect((await call(application, '/site/about')).text).toBe('about')
    expect((await call(application, '/site/a/b')).status).toBe(404)
  })
})
