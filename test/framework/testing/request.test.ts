/** `request(application)`: what is sent, what comes back, and that a breach of the contract does not pass. */
import { type Application, ContractError } from '@tsgi/contract'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'

/** Answers with the request, as it came. */
const mirror: Application = async (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']])
  const body = new TextDecoder().decode(await environ['wsgi.input'].read())
  const plain = Object.entries(environ).filter(([, value]) => typeof value === 'string')
  return JSON.stringify({ ...Object.fromEntries(plain), body })
}

describe('a request', () => {
  it.each(['get', 'post', 'put', 'patch', 'delete', 'options'] as const)('is sent by %s', async (method) => {
    const sent = await request(mirror)[method]('/caf%C3%A9?x=1')
    expect(sent.json()).toMatchObject({
      REQUEST_METHOD: method.toUpperCase(),
      PATH_INFO: '/café',
      QUERY_STRING: 'x=1',
      HTTP_HOST: 'localhost',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '80',
      'wsgi.url_scheme': 'http',
    })
  })

  it('is sent by any other method, and by HEAD without content back', async () => {
    expect((await request(mirror).method('QUERY', '/')).json()).toMatchObject({ REQUEST_METHOD: 'QUERY' })
    expect((await request(mirror).head('/')).bytes).toHaveLength(0)
  })

  it('comes to another origin if it is told so', async () => {
    const sent = await request(mirror, { origin: 'https://example.org:8443' }).get('//double')
    expect(sent.json()).toMatchObject({
      HTTP_HOST: 'example.org:8443',
      SERVER_NAME: 'example.org',
      SERVER_PORT: '8443',
      'wsgi.url_scheme': 'https',
      PATH_INFO: '//double',
    })
  })

  it('has headers, cookies and keys of the environ', async () => {
    const sent = await request(mirror)
      .get('/')
      .header('Accept', 'text/html')
      .header('X-A', '1')
      .header('X-A', '2')
      .cookie('a', 'é;')
      .cookie('b', '2')
      .environ({ REMOTE_ADDR: '::1' })
    expect(sent.json()).toMatchObject({
      HTTP_ACCEPT: 'text/html',
      HTTP_X_A: '1, 2',
      HTTP_COOKIE: 'a=%C3%A9%3B; b=2',
      REMOTE_ADDR: '::1',
    })
  })

  it('has a Host of its own if it names one, and that of an absolute target', async () => {
    expect((await request(mirror).get('/').header('Host', 'a.test')).json()).toMatchObject({ HTTP_HOST: 'a.test' })
    expect((await request(mirror).get('http://b.test/c')).json()).toMatchObject({
      HTTP_HOST: 'b.test',
      PATH_INFO: '/c',
    })
  })

  it('is sent when it is awaited, once, and never changed by what is made of it', async () => {
    let calls = 0
    const counting: Application = (_environ, startResponse) => {
      calls += 1
      startResponse('204 No Content', [])
      return ''
    }
    const first = request(counting).get('/')
    const second = first.header('A', 'b')
    expect(calls).toBe(0)
    expect(await first).toBe(await first)
    expect(calls).toBe(1)
    await second
    expect(calls).toBe(2)
  })
})

describe('a body', () => {
  it('is JSON', async () => {
    const sent = await request(mirror).post('/').json({ name: 'Ada ä' })
    expect(sent.json()).toMatchObject({
      CONTENT_TYPE: 'application/json',
      CONTENT_LENGTH: '17',
      body: '{"name":"Ada ä"}',
    })
    expect(() => request(mirror).post('/').json(undefined)).toThrow('undefined has no JSON form')
  })

  it('is of the type that it is given with, whatever a header said before', async () => {
    const sent = await request(mirror).post('/').header('Content-Type', 'text/plain').body('{}', 'application/ld+json')
    expect(sent.json()).toMatchObject({ CONTENT_TYPE: 'application/ld+json' })
  })

  it('is a form', async () => {
    const sent = await request(mirror)
      .post('/')
      .form({ a: 'x y&', b: ['1', '2'] })
    expect(sent.json()).toMatchObject({ CONTENT_TYPE: 'application/x-www-form-urlencoded', body: 'a=x+y%26&b=1&b=2' })
    expect((await request(mirror).post('/').form(new URLSearchParams('q=1'))).json()).toMatchObject({ body: 'q=1' })
  })

  it('is multipart, as the platform writes it', async () => {
    const file = new File(['hello\n'], 'a.txt', { type: 'text/plain' })
    const echo: Application = async (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', environ.CONTENT_TYPE ?? '']])
      return await environ['wsgi.input'].read()
    }
    const sent = await request(echo)
      .post('/')
      .multipart({ title: 'T', file, tag: ['a', 'b'] })
    const type = sent.header('content-type') ?? ''
    const form = await new Response(sent.bytes.slice(), { headers: { 'Content-Type': type } }).formData()
    expect(form.get('title')).toBe('T')
    expect(form.getAll('tag')).toEqual(['a', 'b'])
    const back = form.get('file')
    expect(back).toMatchObject({ name: 'a.txt', type: 'text/plain', size: 6 })
  })

  it('is octets with a length, or a stream without one', async () => {
    expect(
      (
        await request(mirror)
          .put('/')
          .body(new Uint8Array([97]))
      ).json(),
    ).toMatchObject({ CONTENT_LENGTH: '1', body: 'a' })
    const streamed = (await request(mirror).put('/').body(['a', 'b'])).json()
    expect(streamed).toMatchObject({ body: 'ab' })
    expect(streamed).not.toHaveProperty('CONTENT_LENGTH')
  })
})

describe('the contract', () => {
  const broken: Application = (_environ, startResponse) => {
    startResponse('200 OK', [['Connection', 'close']])
    return ''
  }

  it('is checked: a breach rejects', async () => {
    await expect(request(broken).get('/')).rejects.toMatchObject({ name: 'ContractError', clause: 'C60' })
  })

  it('is checked: also a breach that the application swallowed after its answer', async () => {
    const late: Application = (environ, startResponse) => {
      const write = startResponse('200 OK', [['Content-Type', 'text/plain']])
      environ['tsgi.after_response']?.(() => void write('late').catch(() => undefined))
      return 'ok'
    }
    await expect(request(late).get('/')).rejects.toBeInstanceOf(ContractError)
  })

  it('is not checked if that is not wanted', async () => {
    const odd: Application = (_environ, startResponse) => {
      startResponse('204 No Content', [])
      return ['', '']
    }
    let seen: unknown
    const watching: Application = (environ, startResponse) => {
      seen = environ['wsgi.input'].constructor.name
      return odd(environ, startResponse)
    }
    await request(watching, { validate: false }).get('/')
    expect(seen).toBe('MemoryInput')
    await request(watching).get('/')
    expect(seen).toBe('GuardedInput')
  })

  it('lets an application fail as it does, side by side with others', async () => {
    const sometimes: Application = async (environ, startResponse) => {
      if (environ.PATH_INFO === '/no') throw new Error('no')
      return mirror(environ, startResponse)
    }
    const client = request(sometimes)
    const [good, bad] = await Promise.all([client.get('/yes'), client.get('/no')])
    expect(good.status).toBe(200)
    expect(bad).toMatchObject({ status: 500, failure: { message: 'no' } })
  })
})

describe('a redirect', () => {
  const site: Application = async (environ, startResponse) => {
    const [, status = '', where = ''] = /^\/(30\d)\/(.*)$/.exec(environ.PATH_INFO) ?? []
    if (status === '') return mirror(environ, startResponse)
    startResponse(`${status} `, [['Location', where === '' ? environ.PATH_INFO : decodeURIComponent(where)]])
    return ''
  }

  it('is an answer like any other', async () => {
    expect(await request(site).get('/302/x')).toMatchObject({ status: 302 })
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', '{}'],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', '{}'],
    [307, 'POST', 'POST', '{}'],
    [308, 'POST', 'POST', '{}'],
  ])('%i of %s is followed by %s (RFC 9110 §15.4)', async (status, method, then, body) => {
    const seen: string[] = []
    const watched: Application = (environ, startResponse) => {
      seen.push(`${environ.REQUEST_METHOD} ${environ.REQUEST_URI} ${environ.CONTENT_LENGTH ?? ''}`)
      return site(environ, startResponse)
    }
    const asked = request(watched).method(method, `/${status}/..%2Fto%3Fa=b`).json({})
    const response = await asked.follow()
    expect(response.status).toBe(200)
    expect(seen).toEqual([`${method} /${status}/..%2Fto%3Fa=b 2`, `${then} /to?a=b ${body === '' ? '' : '2'}`])
  })

  it.each([
    ['/302/', 'more than 10 redirects'],
    ['/302/http:%2F%2Felsewhere.test%2F', 'out of the application, to http://elsewhere.test/'],
    ['/302/http:%2F%2F[', 'no URL'],
  ])('that leads from %s nowhere is an error: %s', async (target, message) => {
    await expect(request(site).get(target).follow()).rejects.toThrow(message)
  })
})
