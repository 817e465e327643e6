/** `start` and `close` of an `Application`, of what it mounts and of what wraps it (SPEC C88). */
import type { Application as ContractApplication, Middleware } from '@tsgi/contract'
import { validate } from '@tsgi/contract'
import { Application, get, mount } from '@tsgi/framework'
import { accessLog, compress, conditionalGet, keepLife, requestId } from '@tsgi/framework/middleware'
import { describe, expect, it } from 'vitest'

const ok: ContractApplication = (_environ, startResponse) => {
  startResponse('200 OK', [])
  return 'ok'
}

function part(life: string[], name: string, fails: readonly string[] = []): ContractApplication {
  const say = (what: string) => async () => {
    life.push(`${what} ${name}`)
    if (fails.includes(what)) throw new Error(`${name} cannot ${what}`)
  }
  const handle: ContractApplication = (environ, startResponse) => ok(environ, startResponse)
  return Object.assign(handle, { start: say('start'), close: say('close') })
}

function own(life: string[]) {
  return { start: () => void life.push('start own'), close: () => void life.push('close own') }
}

describe('an Application', () => {
  it('starts what it mounts before itself, and closes it after itself, each once', async () => {
    const life: string[] = []
    const shared = part(life, 'shared')
    const inner = new Application([mount('/c', part(life, 'c')), mount('/shared', shared)])
    const application = new Application(
      [mount('/a', part(life, 'a')), get('/', () => 'x'), mount('/in', inner), mount('/again', inner)],
      own(life),
    )
    await Promise.all([application.start(), application.start()])
    await Promise.all([application.close(), application.close()])
    expect(life).toEqual([
      ...['start a', 'start c', 'start shared', 'start own'],
      ...['close own', 'close shared', 'close c', 'close a'],
    ])
  })

  it('closes what has started when a start fails, and rejects with its error', async () => {
    const life: string[] = []
    const parts = [part(life, 'a'), part(life, 'b', ['start']), part(life, 'c')]
    const application = new Application(
      parts.map((each, index) => mount(`/${index}`, each)),
      own(life),
    )
    await expect(application.start()).rejects.toThrow('b cannot start')
    expect(life).toEqual(['start a', 'start b', 'close a'])
  })

  it('closes all though one fails, and rejects with the first error', async () => {
    const life: string[] = []
    const parts = [part(life, 'a'), part(life, 'b', ['close']), part(life, 'c', ['close'])]
    const application = new Application(parts.map((each, index) => mount(`/${index}`, each)))
    await application.start()
    await expect(application.close()).rejects.toThrow('c cannot close')
    expect(life.slice(3)).toEqual(['close c', 'close b', 'close a'])
  })

  it('closes what is mounted by its asyncDispose where it has no close', async () => {
    const life: string[] = []
    const disposable = Object.assign(((environ, start) => ok(environ, start)) satisfies ContractApplication, {
      [Symbol.asyncDispose]: async () => void life.push('disposed'),
    })
    await using application = new Application([mount('/a', disposable)])
    await application.start()
    await application.close()
    expect(life).toEqual(['disposed'])
  })

  it.each([['start'], ['close']])('refuses an option %s that is no function', (name) => {
    expect(() => new Application([], { [name]: 1 })).toThrow(`${name} is number, not a function`)
  })
})

describe('a middleware', () => {
  const plain: Middleware = (application) => (environ, startResponse) => application(environ, startResponse)

  it.each([
    ['compress', compress()],
    ['conditionalGet', conditionalGet()],
    ['requestId', requestId()],
    ['accessLog', accessLog()],
    ['keepLife', keepLife(plain)],
    ['validate', (application: ContractApplication) => validate(application)],
  ])('%s passes on the life of what it wraps', async (_name, middleware) => {
    const life: string[] = []
    const application = middleware(middleware(part(life, 'a')))
    await application.start?.()
    await application.close?.()
    expect(life).toEqual(['start a', 'close a'])
  })

  it('with a life of its own starts after what it wraps, and is closed before it', async () => {
    const life: string[] = []
    const pool = keepLife((application) => Object.assign(plain(application), own(life)))
    const application = pool(part(life, 'a'))
    await application.start?.()
    await application.close?.()
    expect(life).toEqual(['start a', 'start own', 'close own', 'close a'])
    life.length = 0
    const listed = new Application([mount('/a', part(life, 'a'))], { middleware: [pool] })
    await listed.start()
    await listed.close()
    expect(life).toEqual(['start a', 'start own', 'close own', 'close a'])
  })

  it('adds no life to an application that has none', () => {
    expect(compress()(ok).start).toBeUndefined()
    expect(validate(ok)).not.toHaveProperty('close')
  })
})
