/**
 * `tsgi serve` with applications of other frameworks, unmodified: what it takes them for, what it asks where it cannot
 * know, and how they live and end with it. What they answer, request by request, is compared in test/guests.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findPython, skipReason } from '../guests/python/python-server.ts'
import { ask, endCommandsAfterEach, folderWith, ROOT, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const FREE = ['--bind', '127.0.0.1:0']

const UNNAMED = `
export const handler = (request, response) => response.end('a handler at ' + request.url)
export const answers = (request) => new Response('fetched ' + new URL(request.url).pathname)
export const settings = { color: 'red' }
export const list = []
`

describe('a CommonJS module', () => {
  const app = '(_, startResponse) => (startResponse("200 OK", []), "compiled")'
  const compiled = `Object.defineProperty(exports, '__esModule', { value: true })\nexports.default = ${app}\n`

  it.each([
    ['compiled from an export default', 'app.cjs', compiled],
    ['the same by its name', 'app.cjs:default', compiled],
    ['the same, spelt out', 'app.cjs:default.default', compiled],
    [
      'compiled, with a name',
      'app.cjs:site',
      `Object.defineProperty(exports, '__esModule', { value: true })\nexports.site = ${app}`,
    ],
    ['that assigns to module.exports', 'app.cjs', `module.exports = ${app}`],
    ['whose names Node cannot find', 'app.cjs:site', `module.exports = Object.fromEntries([['site', ${app}]])`],
    ['whose usual name Node cannot find', 'app.cjs', `module.exports = Object.fromEntries([['app', ${app}]])`],
    ['that exports a factory', 'app.cjs:default()', compiled.replace('default = ', 'default = () => ')],
  ])('%s is served', async (_, target, text) => {
    const command = tsgi(['call', target, '/'], { cwd: folderWith({ 'app.cjs': text }) })
    expect((await command.exit()).code).toBe(0)
    expect(command.stdout).toBe('compiled')
  })
})

describe('a framework of Node', () => {
  it.each([
    ['express', 'an Express 5 application', 'Hello'],
    ['koa', 'a Koa application', 'Hello'],
    ['fastify', 'a Fastify application', 'ello'],
    ['hono', 'a Hono application', 'Hello'],
    ['h3', 'an h3 application', 'Hello'],
  ])('%s is served as it is, and the first line says so', async (name, label, text) => {
    const command = await serving([`examples/${name}/app.ts:app`, ...FREE, '--workers', '2'])
    expect(command.stdout.split('\n')[0]).toBe(`examples/${name}/app.ts:app is ${label}`)
    expect(command.stdout.match(/ is an? /g)).toHaveLength(1)
    const answer = await ask(command.url)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain(text)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
  })

  it.each([
    ['app', 'app.ts', 'export const app = (environ, startResponse) => (startResponse("200 OK", []), "app")'],
    ['default', 'app.ts', 'export default { fetch: () => new Response("default") }'],
    [
      'application',
      'app.ts',
      'export const app = 1; export const application = (_, s) => (s("200 OK", []), "application")',
    ],
    ['default', 'app.cjs', 'module.exports = (environ, startResponse) => (startResponse("200 OK", []), "default")'],
  ])('is found as %s in %s where no name is given', async (name, file, text) => {
    const command = await serving([file, ...FREE], { cwd: folderWith({ [file]: text }) })
    expect(command.stdout).toContain(`${file}:${name} is `)
    expect((await ask(command.url)).text).toBe(name)
  })

  it('has its hooks run before the first request and after the last answer', async () => {
    const text = `
import Fastify from 'fastify'
export const app = Fastify()
app.addHook('onReady', async () => console.log('hook: ready'))
app.addHook('onClose', async () => console.log('hook: closed'))
app.get('/', async () => {
  console.log('begun')
  await new Promise((resolve) => setTimeout(resolve, 300))
  console.log('answered')
  return 'hello'
})`
    const name = `.tmp-${process.pid}.ts`
    const file = join(ROOT, 'examples/fastify', name)
    writeFileSync(file, text)
    onTestFinished(() => rmSync(file))
    const command = await serving([`examples/fastify/${name}`, ...FREE])
    const answer = ask(command.url)
    await command.printed(/begun/)
    command.signal('SIGTERM')
    expect((await answer).text).toBe('hello')
    expect((await command.exit()).code).toBe(0)
    expect(command.stdout.match(/hook: \w+|Listening|answered/g)).toEqual([
      'hook: ready',
      'Listening',
      'answered',
      'hook: closed',
    ])
  })

  it('that fails to get ready is an error of one line, before anything listens', async () => {
    const text = `export const app = { routing() {}, inject() {}, addHook() {}, ready: async () => { throw new Error('no plugin') } }`
    const command = tsgi(['serve', 'app.ts', ...FREE], { cwd: folderWith({ 'app.ts': text }) })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(/^tsgi: cannot load app\.ts:app: Error: no plugin \(app\.ts:1:\d+\)\n/m)
    expect(command.stdout).toBe('')
  })
})

describe('--interface', () => {
  it.each([
    ['app.ts:handler', 'node', 'a (request, response) handler', 'a handler at /x'],
    ['app.ts:answers', 'fetch', 'a fetch handler', 'fetched /x'],
  ])('runs %s as %s', async (target, name, label, text) => {
    const command = await serving([target, ...FREE, '--interface', name], { cwd: folderWith({ 'app.ts': UNNAMED }) })
    expect(command.stdout.split('\n')[0]).toBe(`${target} is ${label}`)
    expect((await ask(`${command.url}/x`)).text).toBe(text)
  })

  it.each([
    ['app.ts:handler', 'node'],
    ['app.ts:answers', 'fetch'],
  ])('is named in the log when %s turns out to be no contract application', async (target, name) => {
    const command = await serving([target, ...FREE], { cwd: folderWith({ 'app.ts': UNNAMED }) })
    expect((await ask(command.url)).status).toBe(500)
    await command.printed(new RegExp(`--interface ${name}`))
  })

  it.each([
    ['app.ts:settings', [], /^tsgi: app\.ts:settings is an object with color, .*--interface tsgi, node or fetch\n$/],
    ['app.ts:list', [], /^tsgi: app\.ts:list is an array, .*--interface tsgi, node or fetch\n$/],
    ['app.ts:settings', ['--interface', 'fetch'], /^tsgi: app\.ts:settings is an object with color, and has no fetch/],
    ['app.ts:none', [], /^tsgi: no callable "none" in app\.ts: it exports answers, handler, list, settings/],
    ['app.ts:handler', ['--interface', 'rack'], /--interface rack: must be one of auto, tsgi, node, fetch, wsgi/],
    ['app.ts:handler', ['--dynamic'], /^tsgi: --dynamic is for a folder, and app\.ts:handler is not one\n$/],
  ])('%s %j is refused in one line', async (target, flags, message) => {
    const cwd = folderWith({ 'app.ts': UNNAMED })
    const command = tsgi(['serve', target, '--log-level', 'error', ...FREE, ...flags], { cwd })
    expect(await command.exit()).toEqual({ code: 2, signal: null })
    expect(command.stderr).toMatch(message)
    expect(command.stdout).toBe('')
  })

  it('may be given to tsgi call', async () => {
    const command = tsgi(['call', 'app.ts:answers', '/x', '--interface', 'fetch'], {
      cwd: folderWith({ 'app.ts': UNNAMED }),
    })
    expect((await command.exit()).code).toBe(0)
    expect(command.stdout).toBe('fetched /x')
  })
})

describe('a framework of Python', () => {
  for (const [name, module] of [
    ['flask', 'flaskapp'],
    ['django', 'djangoapp'],
    ['pyramid', 'pyramidapp'],
  ] as const) {
    const python = findPython(name)
    it.skipIf(python === undefined)(
      python === undefined ? skipReason(name) : `${name} is served as it is`,
      async () => {
        const given = ['--python', python ?? '', '--threads', '2']
        const callable = name === 'flask' ? 'app' : 'application'
        const target = `${module}:${callable}`
        const command = await serving([target, ...FREE, ...given], { cwd: join(ROOT, 'examples', name) })
        expect(command.stdout.split('\n')[0]).toBe(`${target} is a Python WSGI application`)
        expect((await ask(`${command.url}/hello/World`)).text).toContain('World')
        command.signal('SIGTERM')
        expect((await command.exit()).code).toBe(0)
      },
    )
  }
})
