/**
 * `tsgi serve` with a WSGI application: how it is found, what the operator is told where it does not load, how it is
 * reloaded, stopped and killed. What it answers, request by request, is compared in test/guests/python.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findPython, skipReason } from '../guests/python/python-server.ts'
import { ask, type Command, endCommandsAfterEach, folderWith, ROOT, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const FREE = ['--bind', '127.0.0.1:0']
const PYTHON = findPython()

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

/** Reads the body of five octets, or does not. */
const READER = `
def application(environ, start_response):
    if environ['QUERY_STRING'] == 'read':
        assert environ['wsgi.input'].read(5) == b'12345'
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'done']
`

/** An application in TypeScript with one in Python in it. */
const mounting = (module: string) => `
import { fromPythonWsgi } from ${JSON.stringify(join(ROOT, 'packages/server/src/guests/python-wsgi.ts'))}
const python = fromPythonWsgi('${module}', { python: ${JSON.stringify(PYTHON ?? 'python3')} })
export const application = Object.assign((environ, startResponse) => python(environ, startResponse), { close: () => python.close() })
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

  it.each([
    ['a factory that raises', 'bad:create_app()', /RuntimeError: no settings\n\nTraceback[\s\S]*line 2, in create_app/],
    ['what is not callable', 'bad:number', /bad:number is of type int, not callable\n$/],
    ['a spec that cannot be read', 'bad:create_app(', /cannot read bad:create_app\(: say module, .*factory\(\)\n$/],
  ])('that is %s is refused in one line, with exit code 2', async (_, spec, said) => {
    const cwd = folderWith({ 'bad.py': 'def create_app():\n    raise RuntimeError("no settings")\nnumber = 5\n' })
    const command = tsgi(['serve', spec, ...FREE, ...python, '--log-level', 'error'], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr.startsWith(`tsgi: cannot load ${spec} with /`)).toBe(true)
    expect(command.stderr).toMatch(said)
    expect(command.stderr.match(/^tsgi: /gm)).toHaveLength(1)
  })

  it('whose interpreter lacks the framework is told which one was used', async () => {
    const cwd = folderWith({ 'site_app.py': 'from flask import Flask\napp = Flask(__name__)\n' })
    const executable = emptyEnvironment(cwd)
    const command = tsgi(['serve', 'site_app:app', ...FREE, '--python', executable, '--log-level', 'error'], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr.split('\n')[0]).toMatch(
      /^tsgi: cannot load site_app:app with \S+ \(Python 3\.\S+\): ModuleNotFoundError: No module named 'flask'; install it for this interpreter, or name another with --python$/,
    )
    expect(command.stderr).toContain(`with ${executable} (`)
  })

  it.each(['--threads', '--python-processes'])('is not asked for %s 0', async (flag) => {
    const command = tsgi(['serve', 'site_app', ...FREE, flag, '0'], { cwd: folderWith({ 'site_app.py': WSGI }) })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toBe(`tsgi: ${flag} 0: must be a whole number of at least 1\n`)
  })

  it('is refused in one line where there is no such interpreter', async () => {
    const cwd = folderWith({ 'site_app.py': WSGI })
    const command = tsgi(['serve', 'site_app', ...FREE, '--python', '/no/python', '--log-level', 'error'], { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(/^tsgi: cannot run \/no\/python .*--python\n$/)
  })

  it.each([
    ['read', true],
    ['ignore', false],
  ])(
    'that may %s the body: a client that waits for 100 Continue gets it: %s (RFC 9110 §10.1.1)',
    async (query, expected) => {
      const cwd = folderWith({ 'site_app.py': READER })
      const command = await serving(['site_app', ...FREE, ...python], { cwd })
      expect(await askWithExpectation(`${command.url}/?${query}`)).toEqual({ status: 200, continued: expected })
    },
  )

  it.each([
    ['by itself', 'grow'],
    ['mounted in an application', 'app.ts'],
  ])('%s is replaced with its worker when both use more than --max-memory', async (_how, target) => {
    const grow = "kept = []\ndef application(environ, start_response):\n    kept.append(b'x' * 300_000_000)\n"
    const cwd = folderWith({ 'grow.py': `${grow}    start_response('200 OK', [])\n    return [b'grown']\n` })
    writeFileSync(join(cwd, 'app.ts'), mounting('grow'))
    const words = [target, ...FREE, ...(target === 'grow' ? python : []), '--max-memory', '380m']
    const command = await serving(words, { cwd })
    expect((await ask(command.url)).text).toBe('grown')
    const [first] = pythons(command)
    await command.printed(/is replaced: it uses \d+ MiB of memory, \d+ MiB of it in Python/)
    await command.printed(/has left/)
    expect(pythons(command)).not.toContain(first)
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
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let sent = 0; sent < 50; sent++) {
        statuses.push((await ask(`${command.url}/?0.002`, { agent })).status)
        if (statuses.length === 100) process.kill(victim, 'SIGKILL')
      }
      agent.destroy()
    }
    await Promise.all(Array.from({ length: 8 }, client))
    const lost = statuses.filter((status) => status !== 200)
    expect(statuses).toHaveLength(400)
    expect(lost.every((status) => status === 502)).toBe(true)
    expect(lost.length).toBeLessThanOrEqual(2) // one for each thread
    await command.printed(new RegExp(`python ${victim}\\] ended with SIGKILL; it is replaced`))
  })
})

/** A POST whose body of five octets is sent only when the server asks for it. */
function askWithExpectation(
  url: string,
): Promise<{ readonly status: number | undefined; readonly continued: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = { Expect: '100-continue', 'Content-Length': 5 }
    const outgoing = request(url, { method: 'POST', headers, agent: false })
    let continued = false
    outgoing.on('continue', () => {
      continued = true
      outgoing.end('12345')
    })
    outgoing.on('response', (incoming) => {
      resolve({ status: incoming.statusCode, continued })
      outgoing.destroy()
    })
    outgoing.on('error', reject)
    outgoing.flushHeaders()
  })
}

/** A virtual environment with nothing in it. @returns its interpreter. */
function emptyEnvironment(folder: string): string {
  const program = 'import os, sys; print(os.path.realpath(sys.executable))'
  const real = execFileSync(PYTHON ?? '', ['-c', program], { encoding: 'utf8' }).trim()
  const executable = join(folder, 'venv', 'bin', 'python')
  mkdirSync(dirname(executable), { recursive: true })
  writeFileSync(join(folder, 'venv', 'pyvenv.cfg'), `home = ${dirname(real)}\ninclude-system-site-packages = false\n`)
  symlinkSync(real, executable)
  return executable
}

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
