/** `start` and `close` of an application (SPEC C88, C89) with the real command, and in a program of one's own. */

import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '@tsgi/contract'
import { toFetchHandler, toNodeListener } from '@tsgi/gateways'
import { serve } from '@tsgi/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const FREE = ['--bind', '127.0.0.1:0', '--control-socket', 'off']

/** An application that writes down what happens to it. */
const app = (start: string, close: string, name = 'close') => `
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
const log = (line) => appendFileSync('life', process.pid + ' ' + line + '\\n')
log('load')
export const application = Object.assign(async (environ, startResponse) => {
  log('begin')
  if (environ.PATH_INFO === '/slow') await sleep(400)
  startResponse('200 OK', [])
  log('response')
  return 'ok'
}, {
  async start() { ${start}; log('started') },
  async [${name === 'close' ? "'close'" : name}]() { log('closing'); ${close}; log('closed') },
})`

const lines = (cwd: string, pid?: number) =>
  readFileSync(join(cwd, 'life'), 'utf8')
    .trim()
    .split('\n')
    .filter((line) => pid === undefined || line.startsWith(`${pid} `))
    .map((line) => line.replace(/^\d+ /, ''))

describe('tsgi serve', () => {
  it('starts an application once per worker before it is ready, and closes it after the last response', async () => {
    const cwd = folderWith({ 'app.mjs': app('await sleep(100)', 'await sleep(100)') })
    const command = await serving(['app.mjs', ...FREE, '--workers', '2'], { cwd })
    const [first, second] = [await command.worker(0), await command.worker(1)]
    for (const pid of [first, second]) expect(lines(cwd, pid)).toEqual(['load', 'started'])
    const slow = ask(`${command.url}/slow`)
    await expect.poll(() => lines(cwd)).toContain('begin')
    command.signal('SIGTERM')
    expect((await slow).text).toBe('ok')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    const lives = [first, second].map((pid) => lines(cwd, pid)).sort((one, other) => other.length - one.length)
    expect(lives).toEqual([
      ['load', 'started', 'begin', 'response', 'closing', 'closed'],
      ['load', 'started', 'closing', 'closed'],
    ])
  })

  it('closes the application of each worker that a reload replaces', async () => {
    const cwd = folderWith({ 'app.mjs': app('', '', 'Symbol.asyncDispose') })
    const command = await serving(['app.mjs', ...FREE, '--keep-alive', '1'], { cwd })
    command.signal('SIGHUP')
    const [, old] = await command.printed(/worker (\d+) has left/)
    expect(lines(cwd, Number(old))).toEqual(['load', 'started', 'closing', 'closed'])
  })

  it('does not serve an application whose start fails; a reload into one keeps the old workers', async () => {
    const bad = app("throw new Error('no database')", '')
    const cwd = folderWith({
      'app.mjs': bad,
      'good.mjs': app(
        "if (process.env.BAD ?? (await import('node:fs')).existsSync('bad')) throw new Error('no database')",
        '',
      ),
    })
    const refused = tsgi(['serve', 'app.mjs', ...FREE], { cwd })
    expect((await refused.exit()).code).toBe(2)
    expect(refused.stderr).toMatch(/^tsgi: cannot load app\.mjs:application: Error: no database/m)
    const command = await serving(['good.mjs', ...FREE], { cwd })
    writeFileSync(join(cwd, 'bad'), '')
    command.signal('SIGHUP')
    await command.printed(
      /cannot serve: cannot load good\.mjs:application: Error: no database.*; the 1 old worker stays/,
    )
    expect((await ask(command.url)).text).toBe('ok')
  })

  it.each([
    [
      'fails',
      "throw new Error('pool is broken')",
      /\[ERROR\] the application failed to close: Error: pool is broken\n/,
    ],
    [
      'never ends',
      'await new Promise(() => {})',
      /\[ERROR\] the application did not close within [\d.]+ s; it is left behind\n/,
    ],
    ['blocks', 'await sleep(1e6)', /did not close within/],
  ])('a close that %s is one line, and the server ends in time with code 0', async (_name, close, line) => {
    const cwd = folderWith({ 'app.mjs': app('', close) })
    const command = await serving(['app.mjs', ...FREE, '--graceful-timeout', '1'], { cwd })
    const begun = performance.now()
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    expect(command.stderr).toMatch(line)
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(command.stderr).not.toMatch(/uncaught|unhandled|killing/i)
  })

  it('closes it also when a response was cut at the end of the graceful timeout', async () => {
    const cwd = folderWith({ 'app.mjs': app('', '').replace('await sleep(400)', 'await sleep(60_000)') })
    const command = await serving(['app.mjs', ...FREE, '--graceful-timeout', '0.3'], { cwd })
    const cut = ask(`${command.url}/slow`).catch(() => 'cut')
    await expect.poll(() => lines(cwd)).toContain('begin')
    command.signal('SIGTERM')
    expect(await cut).toBe('cut')
    await command.exit()
    expect(lines(cwd)).toEqual(['load', 'started', 'begin', 'closing', 'closed'])
  })

  it('tsgi call starts and closes it too', async () => {
    const cwd = folderWith({ 'app.mjs': app('', '') })
    expect((await tsgi(['call', 'app.mjs', '/'], { cwd }).exit()).code).toBe(0)
    expect(lines(cwd)).toEqual(['load', 'started', 'begin', 'response', 'closing', 'closed'])
  })
})

describe('in a program of one’s own', () => {
  function living(problems: { start?: Error; close?: Error } = {}) {
    const life: string[] = []
    const application: Application = Object.assign(
      ((_environ, startResponse) => {
        life.push('request')
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return 'ok'
      }) satisfies Application,
      {
        start: async () => {
          await sleep(20)
          life.push('start')
          const { start } = problems
          delete problems.start
          if (start !== undefined) throw start
        },
        close: async () => {
          life.push('close')
          if (problems.close !== undefined) throw problems.close
        },
      },
    )
    return { life, application }
  }

  it('serve() starts before it listens, and close() ends it once', async () => {
    const { life, application } = living()
    const server = await serve(application, { bind: '127.0.0.1:0', errorLogfile: '/dev/null' })
    expect(life).toEqual(['start'])
    expect((await ask(server.addresses[0] ?? '')).text).toBe('ok')
    await Promise.all([server.close(), server.close()])
    expect(life).toEqual(['start', 'request', 'close'])
  })

  it('serve() rejects with what start fails of, and listens nowhere', async () => {
    const { life, application } = living({ start: new Error('no database') })
    await expect(serve(application, { bind: '127.0.0.1:0' })).rejects.toThrow('no database')
    expect(life).toEqual(['start'])
  })

  it('serve() closes an application that it could not listen for', async () => {
    const { life, application } = living()
    await expect(serve(application, { bind: 'unix:/no/such/folder/a.sock' })).rejects.toThrow('does not exist')
    expect(life).toEqual(['start', 'close'])
  })

  it('toFetchHandler() starts with the first request, which waits; several wait for the same start', async () => {
    const { life, application } = living()
    const handler = toFetchHandler(application)
    const texts = await Promise.all([1, 2, 3].map(async () => (await handler(new Request('http://a/'))).text()))
    expect(texts).toEqual(['ok', 'ok', 'ok'])
    await handler.close()
    await handler.close()
    expect(life).toEqual(['start', 'request', 'request', 'request', 'close'])
  })

  it('toFetchHandler() answers 500 while start fails, and tries again', async () => {
    const { life, application } = living({ start: new Error('no database') })
    const log: string[] = []
    const errors = { write: (text: string) => void log.push(text), writelines: () => undefined, flush: () => undefined }
    const handler = toFetchHandler(application)
    expect((await handler(new Request('http://a/'), { errors })).status).toBe(500)
    expect(log.join('')).toContain('the application did not start: Error: no database')
    expect((await handler(new Request('http://a/'), { errors })).status).toBe(200)
    expect(life).toEqual(['start', 'start', 'request'])
  })

  it('toFetchHandler() and toNodeListener() do not close what never started', async () => {
    const { life, application } = living()
    await toFetchHandler(application).close()
    await toNodeListener(application).close()
    expect(life).toEqual([])
  })

  it('toNodeListener() can be started before the first request, and rejects with the error of close', async () => {
    const { life, application } = living({ close: new Error('broken') })
    const listener = toNodeListener(application)
    await listener.start()
    const server = http.createServer(listener).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    expect((await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text).toBe('ok')
    await expect(listener.close()).rejects.toThrow('broken')
    expect(life).toEqual(['start', 'request', 'close'])
  })
})

describe('--drain-delay', () => {
  const metrics = (command: { output: string }) => /Metrics at (\S+)\/metrics/.exec(command.output)?.[1] ?? ''
  const words = ['app.mjs', ...FREE, '--metrics', '127.0.0.1:0', '--drain-delay']

  it('says 503 at /-/ready, takes requests meanwhile, and then stops', async () => {
    const cwd = folderWith({ 'app.mjs': app('', '') })
    const command = await serving([...words, '1.5'], { cwd })
    await command.printed(/Metrics at/)
    expect((await ask(`${metrics(command)}/-/ready`)).status).toBe(200)
    const begun = performance.now()
    command.signal('SIGTERM')
    await expect.poll(async () => (await ask(`${metrics(command)}/-/ready`)).status).toBe(503)
    expect((await ask(`${metrics(command)}/-/health`)).status).toBe(200)
    expect((await ask(command.url)).text).toBe('ok')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    expect(performance.now() - begun).toBeGreaterThan(1400)
  })

  it('ends with a second signal', async () => {
    const cwd = folderWith({ 'app.mjs': app('', '') })
    const command = await serving([...words, '600'], { cwd })
    command.signal('SIGTERM')
    await command.printed(/not ready any more; taking requests for another 600 s/)
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
  })
})

describe('the hooks of a config file', () => {
  const config = (more: string) => `
import { appendFileSync } from 'node:fs'
const log = (name, about) => appendFileSync('hooks', name + ' ' + JSON.stringify(about ?? null) + '\\n')
export default { bind: '127.0.0.1:0', controlSocket: 'off', keepAlive: 1, ${more} }`
  const hooks = (cwd: string) => readFileSync(join(cwd, 'hooks'), 'utf8').trim().split('\n')

  it('run when the server is ready, was reloaded or not, lost a worker, and ends', async () => {
    const all = `onReady: (a) => log('ready', a), onReload: (a) => log('reload', a), onWorkerExit: (a) => log('exit', a),
      onExit: async () => { await new Promise((resolve) => setTimeout(resolve, 100)); log('end') }`
    const cwd = folderWith({ 'app.mjs': app('', ''), 'tsgi.config.mjs': config(all) })
    const command = await serving(['app.mjs'], { cwd })
    const first = await command.worker(0)
    command.signal('SIGHUP')
    await command.printed(/worker \d+ has left/)
    writeFileSync(join(cwd, 'tsgi.config.mjs'), config('workers: "many"'))
    command.signal('SIGHUP')
    await command.printed(/not reloaded/)
    process.kill(await command.worker(1), 'SIGKILL')
    const third = await command.worker(2)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    // A replaced worker may leave before the reload is over, or after it.
    const [ready, ...rest] = hooks(cwd)
    expect([ready, ...rest.slice(0, 2).sort(), ...rest.slice(2)]).toEqual([
      `ready ${JSON.stringify({ pid: command.child.pid, addresses: [command.url] })}`,
      `exit ${JSON.stringify({ pid: first, code: 0, signal: null, wasTold: true })}`,
      'reload {}',
      expect.stringMatching(/^reload \{"failure":"workers in tsgi\.config\.mjs many: /),
      `exit ${JSON.stringify({ pid: command.workers[1], code: null, signal: 'SIGKILL', wasTold: false })}`,
      `exit ${JSON.stringify({ pid: third, code: 0, signal: null, wasTold: true })}`,
      'end null',
    ])
  })

  it('that fail are lines in the log, and one that never ends does not keep the server', async () => {
    const bad = `onReady: () => { throw new Error('hook one') }, onReload: async () => { throw new Error('hook two') },
      onExit: () => new Promise(() => {})`
    const cwd = folderWith({ 'app.mjs': app('', ''), 'tsgi.config.mjs': config(bad) })
    const command = await serving(['app.mjs'], { cwd })
    await command.printed(/while running onReady of the config file: hook one/)
    command.signal('SIGHUP')
    await command.printed(/while running onReload of the config file: hook two/)
    expect((await ask(command.url)).text).toBe('ok')
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
  })

  it('that is no function is refused', async () => {
    const cwd = folderWith({ 'app.mjs': app('', ''), 'tsgi.config.mjs': config('onReady: 1') })
    const command = tsgi(['serve', 'app.mjs'], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toContain('onReady in tsgi.config.mjs: must be a function, not number')
  })
})
