/**
 * `tsgi serve` with applications of other frameworks, unmodified: what it takes them for, what it asks where it cannot
 * know, and how they live and end with it. What they answer, request by request, is compared in test/guests*.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findPython, skipReason } from '../guests-python/python-server.ts'
import { ask, type Command, endCommandsAfterEach, folderWith, ROOT, serving, tsgi } from './command.ts'

endCommandsAfterEach()

const FREE = ['--bind', '127.0.0.1:0']
const PYTHON = findPython()

const UNNAMED = `
export const handler = (request, response) => response.end('a handler at ' + request.url)
export const answers = (request) => new Response('fetched ' + new URL(request.url).pathname)
export const settings = { color: 'red' }
export const list = []
`

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
    ['app.ts:handler', ['--dynamic'], /^tsgi: --dynamic is for a folder, and app\.ts:handler is none\n$/],
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

/** Says which process answers, and takes its time when it is asked to. */
const WSGI = `
import os, sys, time
sys.stderr.write('loaded by %d\\n' % os.getpid())
def application(environ, start_response):
    seconds = float(environ['QUERY_STRING'] or 0)
    if seconds > 0.1:
        sys.stderr.write('begun\\n')
        sys.stderr.flush()
    time.sleep(seconds)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [('%d %s %s' % (os.getpid(), environ['wsgi.multiprocess'], environ['wsgi.multithread'])).encode()]
def create_app(name):
    return lambda environ, start_response: (start_response('200 OK', []), [name.encode()])[1]
`

describe.skipIf(PYTHON === undefined)(PYTHON === undefined ? skipReason() : 'a Python application', () => {
  const python = ['--python', PYTHON ?? '']

  it.each([
    ['site_app', / /],
    ['site_app:application', / /],
    ['site_app.py:application', / /],
    ['site_app:create_app("made")', /^made$/],
  ])('%s is found', async (target, text) => {
    const command = await serving([target, ...FREE, ...python], { cwd: folderWith({ 'site_app.py': WSGI }) })
    expect((await ask(command.url)).text).toMatch(text)
  })

  it('is taken where --interface wsgi says so, though there is a script of the name', async () => {
    const cwd = folderWith({
      'both.py': WSGI,
      'both.ts': 'export const application = (_, s) => (s("200 OK", []), "ts")',
    })
    expect((await ask((await serving(['both', ...FREE], { cwd })).url)).text).toBe('ts')
    const command = await serving(['both', ...FREE, ...python, '--interface', 'wsgi'], { cwd })
    expect((await ask(command.url)).text).toMatch(/^\d+ True False$/)
  })

  it('has processes and threads as asked, and is looked for in --pythonpath', async () => {
    const words = ['site_app', ...FREE, ...python, '--threads', '3', '--python-processes', '2']
    const command = await serving([...words, '--pythonpath', folderWith({ 'site_app.py': WSGI })], {
      cwd: folderWith(),
    })
    expect((await ask(command.url)).text).toMatch(/^\d+ True True$/)
    expect(pythons(command)).toHaveLength(2)
  })

  it.each([
    ['import not_there', 'ModuleNotFoundError'],
    ['def application(:', 'SyntaxError'],
    ['x = 1', 'application'],
  ])('that does not load (%s) is told once, with the traceback below', async (text, reason) => {
    const cwd = folderWith({ 'bad.py': text })
    for (const flags of [['--workers', '3'], ['--check-config']]) {
      const command = tsgi(['serve', 'bad', ...FREE, ...python, ...flags, '--log-level', 'error'], { cwd })
      expect((await command.exit()).code).toBe(2)
      expect(command.stderr.match(/^tsgi: /gm)).toHaveLength(1)
      expect(command.stderr.split('\n')[0]).toMatch(/^tsgi: cannot load bad/)
      expect(command.stderr).toContain(reason)
      expect(command.stdout).toBe('')
    }
  })

  it('is refused in one line where there is no such interpreter', async () => {
    const cwd = folderWith({ 'site_app.py': WSGI })
    const command = tsgi(['serve', 'site_app', ...FREE, '--python', '/no/python', '--log-level', 'error'], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(/^tsgi: cannot run \/no\/python .*--python\n$/)
  })

  it('answers what is in flight when it is stopped, and leaves no process behind', async () => {
    const command = await serving(['site_app', ...FREE, ...python], { cwd: folderWith({ 'site_app.py': WSGI }) })
    const processes = pythons(command)
    const answer = ask(`${command.url}/?0.5`)
    await command.printed(/begun/)
    command.signal('SIGTERM')
    expect((await answer).status).toBe(200)
    expect((await command.exit()).code).toBe(0)
    expect(processes.filter(isAlive)).toEqual([])
  })

  it.each([
    ['SIGINT', 'which cuts', 'ECONNRESET'],
    ['SIGKILL', 'after which its worker still answers', 200],
  ] as const)('does not outlive its server by %s, %s', async (signal, _then, outcome) => {
    const command = await serving(['site_app', ...FREE, ...python], { cwd: folderWith({ 'site_app.py': WSGI }) })
    const processes = pythons(command)
    const answer = ask(`${command.url}/?2`).then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    )
    await command.printed(/begun/)
    command.signal(signal)
    expect(await answer).toBe(outcome)
    await command.exit() // the last holder of its standard output has gone
    expect(processes.filter(isAlive)).toEqual([])
  })

  it('is loaded anew by SIGHUP, and after a save with --reload', async () => {
    const cwd = folderWith({ 'site_app.py': WSGI })
    const command = await serving(['site_app', ...FREE, ...python, '--reload'], { cwd })
    const [first = 0] = pythons(command)
    command.signal('SIGHUP')
    await command.printed(/reloaded: 1 new/)
    expect((await ask(command.url)).text).not.toContain(String(first))
    writeFileSync(join(cwd, 'site_app.py'), WSGI.replace("'%d %s %s'", "'saved %d %s %s'"))
    await command.printed(/reloaded: 1 new/, 2)
    expect((await ask(command.url)).text).toMatch(/^saved /)
    writeFileSync(join(cwd, 'site_app.py'), 'import not_there')
    await command.printed(/reloaded: 1 new/, 3)
    const page = await ask(command.url)
    expect(page.status).toBe(500)
    expect(page.text).toContain('not_there')
  })

  it('loses only what is in flight in a process that is killed under load', async () => {
    const words = ['site_app', ...FREE, ...python, '--python-processes', '2', '--threads', '2']
    const command = await serving(words, { cwd: folderWith({ 'site_app.py': WSGI }) })
    const victim = Number((await ask(command.url)).text.split(' ')[0])
    const statuses: number[] = []
    const client = async () => {
      for (let sent = 0; sent < 40; sent++) {
        statuses.push((await ask(`${command.url}/?0.002`)).status)
        if (statuses.length === 100) process.kill(victim, 'SIGKILL')
      }
    }
    await Promise.all(Array.from({ length: 8 }, client))
    const lost = statuses.filter((status) => status !== 200)
    expect(statuses).toHaveLength(320)
    expect(lost.every((status) => status === 502)).toBe(true)
    expect(lost.length).toBeLessThanOrEqual(2) // one for each thread
    await command.printed(new RegExp(`python ${victim}\\] ended with SIGKILL; it is replaced`))
  })
})

/** The Python processes of a server, oldest first: children of its workers that run the bridge. */
function pythons(command: Command): number[] {
  return childrenOf(command.child.pid ?? 0)
    .flatMap(childrenOf)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tsgi_bridge'))
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/** A zombie that its new parent has not reaped is dead. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
