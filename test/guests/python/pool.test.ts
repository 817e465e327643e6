/** The processes behind `fromPythonWsgi` at work: how they share it, what waits, what is bounded. Real processes throughout. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, mount, text } from '@tsgi/framework'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromPythonWsgi } from '../../../packages/server/src/guests/python-wsgi.ts'
import { FIXTURES, findPython, folderForTest, hold, servePythonForTest, skipReason } from './python-server.ts'

const python = findPython()
if (python === undefined) console.warn(skipReason())

describe.skipIf(python === undefined)(`the pool${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  describe('the window', () => {
    it('has the application wait for a client that does not read', async () => {
      const server = await servePythonForTest('probe:unchecked', { processes: 2 })
      const response = await server.fetch('/forever?size=100000')
      const reader = response.body?.getReader()
      await reader?.read()
      // The other process is not held up.
      for (let i = 0; i < 20; i++) expect(await server.text('/')).toBe('Hello, World!\n')
      await reader?.cancel()
      await server.log.waitFor(/closed \/forever/)
    })
  })

  describe('a process that is busy', () => {
    it('with an answer that takes long gives back what waits behind it', async () => {
      const { application } = await servePythonForTest('probe:unchecked', { processes: 2 })
      await application.start()
      // Called without a socket between, so that the order is certain.
      const ask = async (path: string) => {
        const body = await application(environFor(path), () => async () => undefined)
        return body instanceof Uint8Array ? Buffer.from(body).toString() : body
      }
      for (let i = 0; i < 5; i++) await Promise.all([ask('/'), ask('/')])
      const until = join(folderForTest(), 'let-go')
      const slow = ask(`/hold?until=${until}`)
      // Nothing waits behind an answer that has taken longer than this.
      for (const begun = performance.now(); performance.now() - begun < 6; ) await setImmediate()
      const endless = ask('/forever?pause=0.01')
      // The other process is busy, so it is sent ahead to the one that begins the endless answer.
      const behind = ask('/')
      writeFileSync(until, '')
      expect(await slow).toMatch(/^\d+$/)
      expect(await behind).toBe('Hello, World!\n')
      const body = await endless
      if (typeof body === 'string' || !('close' in body)) throw new Error('expected a stream')
      await body.close?.()
    })
  })

  describe('bodies without a length', () => {
    const post = (size: number) =>
      ({ method: 'POST', body: new Blob(['x'.repeat(size)]).stream(), duplex: 'half' }) as RequestInit

    it.each([10, 65_536, 65_537, 3_000_000])(
      'of %d octets are gathered, so that there is a CONTENT_LENGTH',
      async (size) => {
        const server = await servePythonForTest('probe')
        const response = await server.fetch('/echo', post(size))
        expect(response.headers.get('X-Length')).toBe(String(size))
        const environ = JSON.parse(await server.text('/environ', post(size))) as Record<string, unknown>
        expect(environ).toMatchObject({ CONTENT_LENGTH: String(size) })
        expect(environ).not.toHaveProperty('HTTP_TRANSFER_ENCODING')
      },
    )

    it('are refused with 413 beyond the limit', async () => {
      const server = await servePythonForTest('probe', { bufferLimit: 100_000 })
      const answer = await server.fetch('/echo', post(100_001)).catch((error: unknown) => error)
      if (answer instanceof Response) expect(answer.status).toBe(413)
      expect(await server.text('/')).toBe('Hello, World!\n')
    })

    it('are streamed to an application that knows wsgi.input_terminated', async () => {
      const server = await servePythonForTest('probe', { chunkedUploads: 'stream' })
      expect(await server.text('/count', post(500_000))).toBe('500000')
      const environ = JSON.parse(await server.text('/environ', post(10))) as Record<string, unknown>
      expect(environ).not.toHaveProperty('CONTENT_LENGTH')
      expect(environ).toMatchObject({ 'wsgi.input_terminated': true })
    })
  })

  describe('threads', () => {
    it('answer side by side, and wsgi.multithread says so', async () => {
      const server = await servePythonForTest('probe', { threads: 2 })
      const environ = JSON.parse(await server.text('/environ')) as Record<string, unknown>
      expect(environ).toMatchObject({ 'wsgi.multithread': true, 'wsgi.multiprocess': false })
      expect(await Promise.all([server.text('/meet'), server.text('/meet')])).toEqual(['met', 'met'])
    })

    it('and processes together bring every answer to its own request', async () => {
      const server = await servePythonForTest('probe', { threads: 3, processes: 2 })
      await server.application.start()
      const bodies = Array.from({ length: 200 }, (_, i) => `body ${i}`)
      const answers = await Promise.all(bodies.map((body) => server.text('/echo', { method: 'POST', body })))
      expect(answers).toEqual(bodies)
    })

    it('leave one by one when their process is told to', async () => {
      const server = await servePythonForTest('probe:unchecked', { threads: 2 })
      const pid = await server.text('/pid')
      const held = await hold(server)
      process.kill(Number(pid), 'SIGTERM')
      await server.log.waitFor(/is asked to leave/)
      expect(await server.text('/pid')).not.toBe(pid)
      held.letGo()
      expect(await (await held.answer).text()).toBe(pid)
      await server.log.waitFor(new RegExp(`python ${pid}\\] ended with exit code 0`))
    })
  })

  describe('the backlog', () => {
    it('is bounded: what does not fit gets 503', async () => {
      const server = await servePythonForTest('probe:unchecked', { backlog: 2 })
      const held = await hold(server)
      const rest = Array.from({ length: 6 }, () => server.fetch('/'))
      await server.log.waitFor(/(2 requests wait already; answered 503: GET \/\s+(python: )?){4}/)
      held.letGo()
      const statuses = (await Promise.all(rest)).map(({ status }) => status)
      expect(statuses.sort()).toEqual([200, 200, 503, 503, 503, 503])
      expect((await held.answer).status).toBe(200)
    })

    it('lets go of a client that leaves while it waits', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const held = await hold(server)
      const controller = new AbortController()
      // Called without a socket between: it is the pool that lets go.
      const environ = environFor('/close?how=whole', { 'tsgi.signal': controller.signal })
      const waiting = server.application(environ, () => async () => undefined)
      controller.abort(new Error('the client has left'))
      await expect(waiting).rejects.toThrow('the client has left')
      held.letGo()
      expect((await held.answer).status).toBe(200)
      expect(await server.text('/')).toBe('Hello, World!\n')
      expect(server.log.text).not.toContain('closed /close')
    })
  })

  it('is mounted in a route list beside other views, and sees the mount as SCRIPT_NAME', async () => {
    const guest = fromPythonWsgi('probe', { python: python ?? '', chdir: FIXTURES })
    onTestFinished(() => guest.close())
    const site = validate(new Application([get('/', () => text('ours')), mount('/caf%C3%A9/x', validate(guest))]))
    expect((await call(site, '/')).text).toBe('ours')
    const response = await call(site, '/caf%C3%A9/x/environ/%E4%B8%AD%FF')
    expect(JSON.parse(response.text)).toMatchObject({
      SCRIPT_NAME: '/caf\u00c3\u00a9/x',
      PATH_INFO: '/environ/\u00e4\u00b8\u00ad\u00ff',
      'wsgiorg.routing_args': expect.anything(),
    })
  })

  it.each([
    ['a NUL', 'a\0b', "the environ's vendor.key holds a NUL"],
    ['a character above U+00FF', '\u4e2d', "the environ's vendor.key has a character above U+00FF"],
  ])('refuses %s in the environ', async (_, value, message) => {
    const guest = fromPythonWsgi('probe', { python: python ?? '', chdir: FIXTURES })
    onTestFinished(() => guest.close())
    const response = await call(guest, '/', { 'vendor.key': value })
    expect([response.status, String(response.failure)]).toEqual([500, expect.stringContaining(message)])
  })
})
