import { type Application, ContractError, validate } from '@tsgi/contract'
import { call, environFor, ResponseCutError } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { answering, TEXT, wrong } from '../breaches/breach.ts'

const BOOM = new Error('boom')
const STARTED: Application = (_environ, startResponse) => {
  startResponse('200 OK', [TEXT])
  throw BOOM
}

test('gives the response of an application for a path', async () => {
  const echo: Application = async (environ, startResponse) => {
    startResponse('201 Made', [TEXT, ['Set-Cookie', 'a=b'], ['Set-Cookie', 'c=d']])
    return [
      `${environ.REQUEST_METHOD} ${environ.PATH_INFO}?${environ.QUERY_STRING} `,
      await environ['wsgi.input'].read(),
    ]
  }
  const response = await call(validate(echo), '/%C3%A9?q', { method: 'POST', body: 'hi' })
  expect(response).toMatchObject({
    status: 201,
    reason: 'Made',
    statusLine: '201 Made',
    text: 'POST /é?q hi',
    failure: undefined,
  })
  expect(response.headers).toEqual([TEXT, ['Set-Cookie', 'a=b'], ['Set-Cookie', 'c=d']])
  expect(response.errors).toBe('')
})

test('takes an environ as it is, and shows afterwards what the application did to it', async () => {
  const environ = environFor('/')
  await call((given, startResponse) => {
    given['wsgiorg.routing_args'] = [[], { id: '7' }]
    return answering('x')(given, startResponse)
  }, environ)
  expect(environ['wsgiorg.routing_args']).toEqual([[], { id: '7' }])
  expect(environ).not.toHaveProperty(['tsgi.after_response'])
})

test('refuses options beside an environ', async () => {
  await expect(call(answering('x'), environFor('/'), { method: 'POST' })).rejects.toThrow(TypeError)
})

describe('the order at the end', () => {
  test('is return(), close(), the tasks', async () => {
    const steps: string[] = []
    const body = {
      close: async () => void steps.push('close'),
      async *[Symbol.asyncIterator]() {
        try {
          yield 'a'
        } finally {
          steps.push('end')
        }
      },
    }
    const application: Application = (environ, startResponse) => {
      environ['tsgi.after_response']?.(() => void steps.push('task'))
      return answering(body)(environ, startResponse)
    }
    const checked = validate(application, { strict: true })
    await call(checked, '/')
    checked.verify()
    expect(steps).toEqual(['end', 'close', 'task'])
  })

  test.each<[string, Application, object]>([
    [
      'an application that throws',
      () => {
        throw BOOM
      },
      {},
    ],
    ['an application that throws after startResponse', STARTED, {}],
    ['an application that is cut', answering('a', [['Content-Length', '2']]), {}],
    ['a client that has gone', answering('a'), { 'tsgi.signal': AbortSignal.abort() }],
  ])('has the tasks run after %s', async (_title, application, options) => {
    const task = vi.fn()
    const leaving: Application = (environ, startResponse) => {
      environ['tsgi.after_response']?.(task)
      return application(environ, startResponse)
    }
    await call(leaving, '/', { ...options }).catch(() => {})
    expect(task).toHaveBeenCalledOnce()
  })
})

describe('an application that fails', () => {
  test.each<[string, Application]>([
    [
      'at once',
      () => {
        throw BOOM
      },
    ],
    ['later', () => Promise.reject(BOOM)],
    ['after startResponse', STARTED],
    [
      'in a stream, before its bytes',
      async function* (_environ, startResponse) {
        startResponse('200 OK', [TEXT])
        yield ''
        throw BOOM
      },
    ],
  ])('%s is answered with 500, and its error is told to the operator only', async (_title, application) => {
    const response = await call(validate(application), '/')
    expect(response).toMatchObject({ status: 500, text: 'Internal Server Error\n', failure: BOOM })
    expect(response.errors).toMatch('boom')
  })

  test('with nothing but undefined is answered with 500 too', async () => {
    expect((await call(() => Promise.reject(undefined), '/')).status).toBe(500)
  })

  test('is answered without content for HEAD', async () => {
    expect(await call(STARTED, '/', { method: 'HEAD' })).toMatchObject({ status: 500, text: '' })
  })

  test.each([400, 408, 413, 500, 200])('with an InputError of %i', async (status) => {
    const refusal = Object.assign(new Error('refused'), { 'tsgi.status': status })
    const { status: answered } = await call(() => Promise.reject(refusal), '/')
    expect(answered).toBe([400, 408, 413].includes(status) ? status : 500)
  })

  test('after its bytes have gone has its response cut', async () => {
    const failing = validate(async function* (_environ, startResponse) {
      startResponse('200 OK', [TEXT])
      yield 'abc'
      throw BOOM
    })
    const error = await call(failing, '/').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ResponseCutError)
    expect(error).toMatchObject({ cause: BOOM, response: { status: 200, text: 'abc' } })
    failing.verify()
  })

  test('to send as many bytes as declared has its response cut', async () => {
    const short = answering(new Set(['ab']), [TEXT, ['Content-Length', '3']])
    await expect(call(short, '/')).rejects.toMatchObject({ name: 'ResponseCutError', response: { text: 'ab' } })
  })

  test('to close its body has the response all the same', async () => {
    const body = Object.assign(['a'], { close: () => Promise.reject(BOOM) })
    const response = await call(answering(body), '/')
    expect(response).toMatchObject({ status: 200, text: 'a', failure: undefined })
    expect(response.errors).toMatch('boom')
  })
})

describe('a breach of the contract', () => {
  test.each<[string, Application, RegExp]>([
    ['no body', () => wrong(undefined), /^C3/],
    ['no startResponse', () => 'x', /^C48/],
    [
      'a wrong status',
      (_environ, startResponse) => {
        startResponse('200', [])
        return ''
      },
      /^C55/,
    ],
    ['a wrong chunk', answering([1]), /^C67/],
    ['a wrong chunk after others', answering(['a', 1]), /^C67/],
    ['a wrong close', answering(Object.assign(['a'], { close: 1 })), /^C82/],
  ])('rejects as a ContractError, with or without validate(): %s', async (_title, application, clause) => {
    await expect(call(application, '/')).rejects.toThrow(clause)
    await expect(call(validate(application), '/')).rejects.toThrow(clause)
  })

  test('of a stream that ends late is told too', async () => {
    const checked = validate(answering(new Set(['ab']), [TEXT, ['Content-Length', '1']]))
    await expect(call(checked, '/')).rejects.toBeInstanceOf(ContractError)
  })
})

describe('a client that leaves', () => {
  test('ends a stream that goes on for ever', async () => {
    const controller = new AbortController()
    const checked = validate(async function* (_environ, startResponse) {
      startResponse('200 OK', [TEXT])
      yield 'a'
      controller.abort(BOOM)
      yield 'b'
      for (;;) await new Promise(() => {})
    })
    const response = call(checked, '/', { 'tsgi.signal': controller.signal })
    await expect(response).rejects.toMatchObject({ cause: BOOM, response: { status: 200 } })
  })

  test('before the head gets nothing', async () => {
    const response = call(answering(new Set(['a'])), '/', { 'tsgi.signal': AbortSignal.abort(BOOM) })
    await expect(response).rejects.toMatchObject({ cause: BOOM, response: undefined })
  })
})

test('a response without end is an error, and not the end of the test', async () => {
  const endless = validate(function* (_environ, startResponse) {
    startResponse('200 OK', [TEXT])
    for (;;) yield 'abc'
  })
  await expect(call(endless, '/', { limit: 1000 })).rejects.toThrow(RangeError)
  endless.verify()
})

test('an application’s own RangeError is one of its failures', async () => {
  const response = await call(() => {
    throw new RangeError('mine')
  }, '/')
  expect(response.status).toBe(500)
})

describe('HEAD', () => {
  test('has the head of GET and no content, and a stream is not even begun', async () => {
    const begun = vi.fn()
    const stream = {
      [Symbol.iterator]() {
        begun()
        return ['a'][Symbol.iterator]()
      },
    }
    const checked = validate(answering(stream, [TEXT, ['Content-Length', '1']]), { strict: true })
    const response = await call(checked, '/', { method: 'HEAD' })
    expect(response).toMatchObject({ status: 200, headers: [TEXT, ['Content-Length', '1']], text: '' })
    expect(begun).not.toHaveBeenCalled()
    checked.verify()
  })

  test('of a stream that calls startResponse late is pulled until it has', async () => {
    const checked = validate(
      async function* (_environ, startResponse) {
        yield ''
        startResponse('404 Not Found', [TEXT])
        yield 'a'
        throw BOOM
      },
      { strict: true },
    )
    expect(await call(checked, '/', { method: 'HEAD' })).toMatchObject({ status: 404, text: '', failure: undefined })
    checked.verify()
  })
})

test('collects what is written before what is returned', async () => {
  const checked = validate(async (_environ, startResponse) => {
    const write = startResponse('200 OK', [TEXT])
    await write('a')
    await write(new Uint8Array([98]))
    return ['c']
  })
  expect((await call(checked, '/')).text).toBe('abc')
})

test('never hangs and never fails in its own ways, whatever the application returns', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything(), fc.anything(), fc.anything(), async (status, headers, body) => {
      const application: Application = (_environ, startResponse) => {
        startResponse(wrong(status), wrong(headers))
        return wrong(body)
      }
      const outcome = await call(application, '/').catch((error: unknown) => error)
      expect(outcome).toBeInstanceOf(ContractError)
    }),
  )
})

test('plays a client that offers another protocol: the body of the request is its side, the bytes of the response the other', async () => {
  const chat: Application = async (environ) => {
    const { input, write } = environ['tsgi.upgrade']?.([['Upgrade', 'echo']]) ?? raise()
    for await (const bytes of input) await write(bytes)
    return ['!']
  }
  const request = { headers: { Connection: 'Upgrade', Upgrade: 'Echo, chat' }, body: ['he', 'llo'] }
  const response = await call(validate(chat, { strict: true }), '/', request)
  expect([response.statusLine, response.headers]).toEqual(['101 Switching Protocols', [['Upgrade', 'echo']]])
  expect(response.text).toBe('hello!')
  expect(await call((environ) => `${'tsgi.upgrade' in environ}`, '/').catch(String)).toContain('C48')
  const wrongly: Application = (environ) => {
    environ['tsgi.upgrade']?.([])
    return ''
  }
  await expect(call(wrongly, '/', request)).rejects.toThrow(/^C86/)
})

function raise(): never {
  throw new Error('there is no extension')
}

describe('trailers', () => {
  const echo: Application = async (environ, startResponse) => {
    const { 'tsgi.trailers': trailers } = environ
    const before = trailers?.received
    await environ['wsgi.input'].read()
    trailers?.send([['X-Sum', '3']])
    startResponse('200 OK', [TEXT])
    return JSON.stringify([before ?? 'none', trailers?.received, trailers?.accepted])
  }

  test('of a request are there when it was read, without those that are forbidden', async () => {
    const trailers = [['X-A', '1'] as const, ['Host', 'x'] as const]
    const response = await call(validate(echo), '/', { method: 'POST', body: ['ab', 'c'], trailers })
    expect(response.json()).toEqual(['none', [['x-a', '1']], false])
    expect(response.trailers).toEqual([])
  })

  test('of a response are there for a client that takes them, and never for HEAD', async () => {
    const headers = { TE: 'trailers' }
    expect((await call(validate(echo), '/', { headers })).trailers).toEqual([['X-Sum', '3']])
    expect((await call(validate(echo), '/', { headers, method: 'HEAD' })).trailers).toEqual([])
  })

  test('that are forbidden are refused', async () => {
    const bad: Application = (environ) => {
      environ['tsgi.trailers']?.send([['Content-Length', '1']])
      return ''
    }
    await expect(call(bad, '/')).rejects.toThrow('C93: tsgi.trailers: Content-Length must not be a trailer')
    await expect(call(echo, '/', { trailers: [['a b', '1']] })).rejects.toThrow('not a token')
  })
})
