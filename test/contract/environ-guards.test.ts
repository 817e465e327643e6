import { type Application, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { describe, expect, test, vi } from 'vitest'
import { acceptAll, answering, serveNaively, testBreaches } from './breaches/breach.ts'
import { errorsBreaches, taskBreaches } from './breaches/extension-breaches.ts'
import { earlyHintsBreaches } from './breaches/head-breaches.ts'
import { trailerBreaches } from './breaches/trailer-breaches.ts'

testBreaches(errorsBreaches)
testBreaches(taskBreaches)
testBreaches(earlyHintsBreaches)
testBreaches(trailerBreaches)

test('hands the application the very environ, and lets its changes be seen', () => {
  const environ = environFor('/')
  const application: Application = (given, startResponse) => {
    expect(given).toBe(environ)
    given['acme.user'] = 'me'
    return answering('x')(given, startResponse)
  }
  validate(application)(environ, acceptAll)
  expect(environ['acme.user']).toBe('me')
})

test('leaves the environ as it was when the response has ended', async () => {
  const environ = environFor('/', { 'tsgi.early_hints': () => {}, 'tsgi.after_response': () => {} })
  const before = { ...environ }
  const streaming: Application = (given, startResponse) => {
    expect(given['wsgi.input']).not.toBe(before['wsgi.input'])
    return answering(new Set(['a']))(given, startResponse)
  }
  const checked = validate(streaming)
  for (const application of [checked, validate(answering('x')), validate(checked)]) {
    await serveNaively(application, environ)
    expect({ ...environ }).toEqual(before)
    expect(environ['wsgi.input']).toBe(before['wsgi.input'])
  }
})

test('leaves the environ as it was when the application failed', async () => {
  const environ = environFor('/')
  const input = environ['wsgi.input']
  const failing = validate(() => {
    throw new Error('boom')
  })
  expect(() => failing(environ, acceptAll)).toThrow('boom')
  expect(environ['wsgi.input']).toBe(input)
})

test('does not put the server’s input back over one of the application’s own', async () => {
  const environ = environFor('/')
  const own = environFor('/', { body: 'mine' })['wsgi.input']
  await serveNaively(
    validate((given, startResponse) => {
      given['wsgi.input'] = own
      return answering('x')(given, startResponse)
    }),
    environ,
  )
  expect(environ['wsgi.input']).toBe(own)
})

test('lets tasks run while the application is still at work, if the client has gone', () => {
  const controller = new AbortController()
  const task = vi.fn()
  const leave = (later: () => unknown) => {
    controller.abort()
    later()
  }
  const checked = validate((environ, startResponse) => {
    environ['tsgi.after_response']?.(task)
    return answering('x')(environ, startResponse)
  })
  checked(environFor('/', { 'tsgi.signal': controller.signal, 'tsgi.after_response': leave }), acceptAll)
  expect(task).toHaveBeenCalledOnce()
  checked.verify()
})

describe('passes on', () => {
  test('what is written for the operator', async () => {
    const application = validate((environ, startResponse) => {
      const errors = environ['wsgi.errors']
      errors.write('a')
      errors.writelines(new Set(['b\n', 'c\n']))
      errors.flush()
      return answering('x')(environ, startResponse)
    })
    expect((await call(application, '/')).errors).toBe('ab\nc\n')
  })

  test('early hints', async () => {
    const hints = [['Link', '</a.css>; rel=preload']] as const
    const application = validate((environ, startResponse) => {
      environ['tsgi.early_hints']?.(hints)
      return answering('x')(environ, startResponse)
    })
    expect((await call(application, '/')).earlyHints).toEqual([hints])
  })

  test('tasks, with what they return and throw', async () => {
    const task = vi.fn(async () => {
      throw new Error('late')
    })
    const application = validate((environ, startResponse) => {
      environ['tsgi.after_response']?.(task)
      return answering('x')(environ, startResponse)
    })
    expect((await call(application, '/')).errors).toMatch('late')
    expect(task).toHaveBeenCalledOnce()
  })
})
