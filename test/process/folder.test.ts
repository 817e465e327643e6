/** `tsgi serve ./html`, with the real command: pages, old charsets, and programs that are run and loaded anew. */
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findPython, skipReason } from '../guests/python/python-server.ts'
import { ask, type CommandOptions, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const FREE = ['--bind', '127.0.0.1:0']
const PYTHON = findPython()

const FILES = {
  'index.html': '<h1>home</h1>',
  'mytime.ts': `
import type { Application } from '@tsgi/contract'
export const application: Application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return ['first', environ.REQUEST_METHOD, environ.SCRIPT_NAME, environ.PATH_INFO, environ.QUERY_STRING].join('|')
}`,
  'plain.js': 'exports.application = (_, startResponse) => (startResponse("200 OK", []), "first")',
  'express.js': 'export default { fetch: (request) => new Response("first " + request.method) }',
  'broken.ts': 'export const application = (',
  'clock.py': `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [('first|%s|%s' % (environ['SCRIPT_NAME'], environ['PATH_INFO'])).encode()]
`,
}

/** The folder `html` in a folder of its own. */
function site(): string {
  const cwd = folderWith({ 'secret.ts': FILES['mytime.ts'] })
  mkdirSync(join(cwd, 'html'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(cwd, 'html', name), text)
  writeFileSync(join(cwd, 'html/old.html'), Buffer.from('d6d0cec4', 'hex'))
  return cwd
}

function serve(words: readonly string[], options: CommandOptions = {}) {
  const cwd = options.cwd ?? site()
  return serving(['./html', ...FREE, ...words], { ...options, cwd }).then((command) => ({ command, cwd }))
}

describe('tsgi serve ./html', () => {
  it('serves pages with an index, and says so', async () => {
    const { command } = await serve([])
    expect(command.stdout.split('\n')[0]).toBe('./html is a folder of pages')
    expect(await ask(command.url)).toMatchObject({ status: 200, text: '<h1>home</h1>' })
    expect((await ask(`${command.url}/nowhere.html`)).status).toBe(404)
    // Without --dynamic a program is a file like any other.
    expect((await ask(`${command.url}/mytime.ts`)).text).toContain('import type')
  })

  it('serves old pages in their charset', async () => {
    const { command } = await serve(['--charset', 'gbk'])
    const octets = await fetch(`${command.url}/old.html`)
    expect(octets.headers.get('content-type')).toBe('text/html; charset=gbk')
    expect(new TextDecoder('gbk').decode(await octets.arrayBuffer())).toBe('中文')
  })

  it('shows what is in a folder with --listing, and only then', async () => {
    const { command, cwd } = await serve(['--listing'])
    mkdirSync(join(cwd, 'html/sub'))
    writeFileSync(join(cwd, 'html/sub/a.txt'), 'abc')
    writeFileSync(join(cwd, 'html/sub/.secret'), '')
    const { status, text } = await ask(`${command.url}/sub/`)
    expect(status).toBe(200)
    expect(text).toContain('<a href="./a.txt">a.txt</a><td>3 B')
    expect(text).not.toContain('secret')
    const { command: without, cwd: other } = await serve([])
    mkdirSync(join(other, 'html/sub'))
    expect((await ask(`${without.url}/sub/`)).status).toBe(404)
  })

  it('does not show the programs with --dynamic --listing', async () => {
    const { command, cwd } = await serve(['--dynamic', '--listing'])
    mkdirSync(join(cwd, 'html/sub'))
    for (const name of ['run.ts', 'page.html']) writeFileSync(join(cwd, 'html/sub', name), '')
    const { text } = await ask(`${command.url}/sub/`)
    expect(text).toContain('page.html')
    expect(text).not.toContain('run.ts')
  })

  it.each([
    ['html/mytime.ts', ['--listing'], /--listing is for a folder, and html\/mytime\.ts is not one/],
    ['html:x', [], /cannot load html: it is a folder; name the file in it/],
    ['./htm', [], /cannot find module \.\/htm: .*did you mean html\?/],
    ['./html', ['--charset', 'klingon'], /--charset klingon: must be the name of a charset, such as gbk/],
    ['./html', ['--interface', 'node'], /cannot load \.\/html: it is a folder/],
  ])('%s %j is refused in one line', async (target, flags, message) => {
    const command = tsgi(['serve', target, '--log-level', 'error', ...FREE, ...flags], { cwd: site() })
    expect(await command.exit()).toEqual({ code: 2, signal: null })
    expect(command.stderr).toMatch(message)
    expect(command.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('can be checked, and asked without a server', async () => {
    const check = tsgi(['serve', './html', '--dynamic', '--check-config'], { cwd: site() })
    expect((await check.exit()).code).toBe(0)
    const call = tsgi(['call', './html', '/mytime.ts/x', '--dynamic'], { cwd: site() })
    expect((await call.exit()).code).toBe(0)
    expect(call.stdout).toBe('first|GET|/mytime.ts|/x|')
  })
})

describe('tsgi serve ./html --dynamic', () => {
  it.each([
    ['/mytime.ts', 'first|GET|/mytime.ts||'],
    ['/mytime.ts/extra/%C3%A9?a=b', 'first|GET|/mytime.ts|/extra/é|a=b'],
    ['/plain.js', 'first'],
    ['/express.js', 'first GET'],
    ['/', '<h1>home</h1>'],
  ])('%s is answered by %s', async (path, text) => {
    const { command } = await serve(['--dynamic'])
    expect(command.stdout.split('\n')[0]).toBe('./html is a folder of pages and programs')
    expect(await ask(command.url + path)).toMatchObject({ status: 200, text })
  })

  it.each(['mytime.ts', 'plain.js', 'express.js'])('%s is loaded anew when it has changed', async (name) => {
    const { command, cwd } = await serve(['--dynamic'])
    const file = name as keyof typeof FILES // of the table above
    expect((await ask(`${command.url}/${name}`)).text).toContain('first')
    for (const word of ['second', 'third one']) {
      writeFileSync(join(cwd, 'html', name), FILES[file].replace('first', word))
      expect((await ask(`${command.url}/${name}`)).text).toContain(word)
    }
  })

  it('answers 500 for a program that does not load, tells the log why, and recovers', async () => {
    const { command, cwd } = await serve(['--dynamic'])
    const answer = await ask(`${command.url}/broken.ts`)
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('broken')
    await command.printed(/cannot load html\/broken\.ts: SyntaxError/)
    writeFileSync(join(cwd, 'html/broken.ts'), FILES['mytime.ts'])
    expect((await ask(`${command.url}/broken.ts`)).text).toContain('first')
  })

  it.each(['/../secret.ts', '/%2e%2e/secret.ts', '/..%2fsecret.ts', '/missing.ts', '/mytime.ts~'])(
    'shows and runs nothing at %s',
    async (path) => {
      const { command, cwd } = await serve(['--dynamic'])
      writeFileSync(join(cwd, 'html/mytime.ts~'), FILES['mytime.ts'])
      const { hostname, port } = new URL(command.url)
      // As it is: a URL object would take the dots away.
      const answer = await ask({ hostname, port, path, agent: new http.Agent() })
      expect(answer.status).toBe(404)
      expect(answer.text).not.toContain('first')
    },
  )

  it.skipIf(PYTHON === undefined)(
    PYTHON === undefined ? skipReason() : 'a program in Python runs, and is loaded anew when it has changed',
    async () => {
      const { command, cwd } = await serve(['--dynamic', '--python', PYTHON ?? ''])
      expect((await ask(`${command.url}/clock.py/x`)).text).toBe('first|/clock.py|/x')
      writeFileSync(join(cwd, 'html/clock.py'), FILES['clock.py'].replace('first', 'second'))
      expect((await ask(`${command.url}/clock.py`)).text).toBe('second|/clock.py|')
      writeFileSync(join(cwd, 'html/clock.py'), 'import not_there')
      expect((await ask(`${command.url}/clock.py`)).status).toBe(503)
      await command.printed(/No module named 'not_there'/)
      command.signal('SIGTERM')
      expect((await command.exit()).code).toBe(0)
    },
  )
})
