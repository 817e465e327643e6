/** What an operator, a container or a shell gets wrong: said in one line, with the way out, and before anything is served. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'hello'
}`
const FREE = ['--bind', '127.0.0.1:0']

/** Runs the command to its end. */
async function run(words: readonly string[], files: Record<string, string>, env: Record<string, string> = {}) {
  const command = tsgi(words, { cwd: folderWith(files), env })
  const { code } = await command.exit()
  return { code, stdout: command.stdout, stderr: command.stderr }
}

describe('--check-config refuses what tsgi serve refuses, in the same words', () => {
  it.each<[string, string, RegExp]>([
    [
      'a rejection that is not handled',
      `Promise.reject(new Error('no database'))${APP}`,
      /^tsgi: cannot load app\.ts: Error: no database/,
    ],
    [
      'an error of a timer',
      `setTimeout(() => { throw new Error('late') })\nawait new Promise((done) => setTimeout(done, 500))${APP}`,
      /^tsgi: cannot load app\.ts: Error: late \(app\.ts:1/,
    ],
    ['process.exit(0)', `process.exit(0)${APP}`, /^tsgi: cannot load app\.ts: .*ended .*with code 0 while loading/],
    ['process.exit(3)', `process.exit(3)${APP}`, /^tsgi: cannot load app\.ts: .*ended .*with code 3 while loading/],
    [
      'an error',
      `throw new Error('no database')${APP}`,
      /^tsgi: cannot load app\.ts: Error: no database \(app\.ts:1:7\)/,
    ],
  ])('%s', async (_what, text, message) => {
    const checked = await run(['serve', 'app.ts', '--check-config'], { 'app.ts': text })
    expect(checked).toMatchObject({ code: 2, stdout: '' })
    expect(checked.stderr).toMatch(message)
    const served = await run(['serve', 'app.ts', ...FREE], { 'app.ts': text })
    expect(served.code).toBe(2)
    expect(served.stderr.split('\n').find((line) => line.startsWith('tsgi: '))).toMatch(message)
  })

  it('a promise that is never settled, after --load-timeout', async () => {
    const words = ['serve', 'app.ts', '--check-config', '--load-timeout', '0.2']
    const { code, stderr } = await run(words, { 'app.ts': `await new Promise(() => undefined)${APP}` })
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'tsgi: cannot load app.ts: it has not loaded within 0.2 s\n' })
  })

  it('and says that all is well', async () => {
    const checked = await run(['serve', 'app.ts', '--check-config'], { 'app.ts': `setInterval(() => 0, 9)${APP}` })
    expect(checked).toEqual({ code: 0, stderr: '', stdout: 'app.ts loads, and the configuration is good\n' })
  })
})

describe('the name of the application', () => {
  it.each(['', ' ', '\t\n'])('%j is the value of a variable that is not set', async (name) => {
    const { code, stderr } = await run(['serve', name, ...FREE], { 'app.ts': APP })
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^tsgi: the name of the application is empty: is a variable unset\? say app\.ts, or \. for this folder\n$/,
    )
  })

  it.each(['/', '//', '/.', '/tmp/..'])('%s is the whole machine', async (name) => {
    const { code, stderr } = await run(['serve', name, ...FREE], {})
    expect(code).toBe(2)
    expect(stderr).toContain('is the root of the file system: name a folder in it')
  })

  it('. is this folder: it was said', async () => {
    const command = await serving(['.', ...FREE], { cwd: folderWith({ 'index.html': 'a page' }) })
    expect((await ask(command.url)).text).toBe('a page')
  })

  it.each<[string[], RegExp]>([
    [['app.ts'], /^tsgi: unknown command app\.ts; to serve it: tsgi serve app\.ts\n$/],
    [['flaskapp:app'], /to serve it: tsgi serve flaskapp:app/],
    [['./html'], /to serve it: tsgi serve \.\/html/],
    [['dev', 'site.ts'], /^tsgi: unknown command dev; say tsgi serve site\.ts --reload\n$/],
    [['start'], /^tsgi: unknown command start; say tsgi serve app\.ts\n$/],
    [['run', 'x.ts'], /say tsgi serve x\.ts\n/],
    [['serv', 'app.ts'], /did you mean serve\?/],
    [['help', 'serv'], /unknown command serv; did you mean serve\?/],
    [['constructor'], /unknown command constructor; tsgi --help lists them/],
    [[], /say what to do: tsgi serve app\.ts; tsgi --help tells more/],
  ])('tsgi %j is told the way', async (words, message) => {
    const { code, stderr } = await run(words, { 'app.ts': APP })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('options that would do nothing', () => {
  it.each([
    ['--threads', '4'],
    ['--python-processes', '2'],
    ['--python', '/nonexistent'],
    ['--pythonpath', 'lib'],
  ])('%s is for a Python application', async (flag, value) => {
    const { code, stderr } = await run(['serve', 'app.ts', ...FREE, flag, value], { 'app.ts': APP })
    expect(code).toBe(2)
    expect(stderr).toMatch(`tsgi: ${flag} is for a Python application, and app.ts is not one\n`)
    const pages = await run(['serve', '.', ...FREE, flag, value], { 'index.html': '' })
    expect(pages.stderr).toMatch(
      `tsgi: ${flag} is for a Python application, and a folder without --dynamic runs none\n`,
    )
  })
})

describe('what may not be read', () => {
  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)('is named as such: a folder, a config file, a directory to change to', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    mkdirSync(join(cwd, 'secret'))
    writeFileSync(join(cwd, 'secret/x.ts'), 'export default {}')
    writeFileSync(join(cwd, 'x.ts'), 'export default {}')
    chmodSync(join(cwd, 'secret'), 0o000)
    chmodSync(join(cwd, 'x.ts'), 0o000)
    // root obeys the bits of a file that it owns, too, where it may not overrule them.
    const bounds = '--bounding-set=-dac_override,-dac_read_search'
    const as = async (...words: string[]) => {
      const command = tsgi(['serve', ...words, ...FREE], { cwd, through: ['setpriv', bounds] })
      const { code } = await command.exit()
      expect(code).toBe(2)
      return command.stderr
    }
    expect(await as('secret')).toMatch(/^tsgi: cannot serve secret: permission denied$/m)
    expect(await as('app.ts', '--chdir', 'secret')).toMatch(/^tsgi: --chdir secret: permission denied for \S+secret\n$/)
    expect(await as('app.ts', '--chdir', 'app.ts')).toMatch(/^tsgi: --chdir app\.ts: \S+ is not a folder\n$/)
    expect(await as('app.ts', '-c', 'x.ts')).toBe('tsgi: --config x.ts: permission denied\n')
    expect(await as('app.ts', '-c', 'secret/x.ts')).toBe('tsgi: --config secret/x.ts: permission denied\n')
  })
})

describe('the config file', () => {
  it.each([
    ['tsgi.config.mjs', 'export default { workers: 3 }'],
    ['tsgi.config.mts', 'const workers: number = 3\nexport default { workers }'],
    ['tsgi.config.cjs', 'module.exports = { workers: 3 }'],
    ['tsgi.config.cts', 'module.exports = { workers: 3 as number }'],
    ['tsgi.config.json', '{ "workers": 3 }'],
  ])('%s is read', async (name, text) => {
    const { stdout } = await run(['serve', 'app.ts', '--print-config'], { [name]: text })
    expect(stdout).toMatch(`= 3  (workers in ${name})`)
  })

  it('as JSON that is none is an error in one line', async () => {
    const { code, stderr } = await run(['serve', 'app.ts'], { 'tsgi.config.json': '{ workers: 3 }' })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^tsgi: cannot load tsgi\.config\.json: .*JSON.*\n$/)
  })

  it('is no obstacle to asking and stopping a server that runs, when it is broken meanwhile', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const command = await serving(['app.ts', ...FREE], { cwd })
    writeFileSync(join(cwd, 'tsgi.config.ts'), 'export default { wrokers: 3 }')
    const status = tsgi(['status'], { cwd })
    expect(await status.exit()).toMatchObject({ code: 0 })
    expect(status.stderr).toBe('tsgi: warning: tsgi.config.ts: unknown option wrokers; did you mean workers?\n')
    expect(status.stdout).toContain('app.ts')
    const stop = tsgi(['stop'], { cwd, env: { TSGI_WORKERS: 'many' } })
    expect(await stop.exit()).toMatchObject({ code: 0 })
    expect(await command.exit()).toEqual({ code: 0, signal: null })
  })
})

describe('ports by other names', () => {
  it('takes --port, and PORT for every address', async () => {
    const cwd = folderWith({ 'app.ts': APP })
    const flag = await serving(['app.ts', '--port', '0'], { cwd })
    expect(flag.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]/)
    const variable = await serving(['app.ts'], { cwd, env: { PORT: '0', WEB_CONCURRENCY: '2' } })
    expect(variable.stdout).toMatch(/Listening at http:\/\/(\[::\]|0\.0\.0\.0):[1-9]\d* \(2 workers\)/)
  })

  it('starts beside a service named tsgi of Kubernetes', async () => {
    const env = { TSGI_SERVICE_HOST: '10.0.0.1', TSGI_PORT: 'tcp://10.0.0.1:80', TSGI_PORT_80_TCP_ADDR: '10.0.0.1' }
    const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': APP }), env })
    expect((await ask(command.url)).text).toBe('hello')
  })
})

describe('a module that Node cannot load as it is', () => {
  const TYPES =
    /Node runs TypeScript by leaving the types out, and this is more than a type; run it with tsx: .*'--import tsx'/
  it.each<[string, Record<string, string>, RegExp]>([
    ['an enum', { 'x.ts': `enum A { b }${APP}` }, TYPES],
    ['a parameter property', { 'x.ts': `class A { constructor(private a: number) {} }${APP}` }, TYPES],
    ['a namespace', { 'x.ts': `namespace A { export const b = 1 }${APP}` }, TYPES],
    [
      'a decorator',
      { 'x.ts': `const d = () => 0\n@d\nclass A {}${APP}` },
      /the decorator at x\.ts:2: Node does not know decorators; run it with tsx/,
    ],
    ['a decorator of a field', { 'x.ts': `class A { @d b = 1 }${APP}` }, /the decorator at x\.ts:1: /],
    [
      'a decorator elsewhere',
      { 'x.ts': `import './y.ts'${APP}`, 'y.ts': '@d class A {}' },
      /if it is a decorator: Node does not know decorators/,
    ],
    [
      'JSX',
      { 'x.ts': `import './y.tsx'${APP}`, 'y.tsx': 'export default <p/>' },
      /Node does not know JSX; run it with tsx/,
    ],
    [
      'paths of tsconfig',
      { 'x.ts': `import '@/lib/word'${APP}` },
      /paths of tsconfig\.json are the compiler's: say "imports" in package\.json/,
    ],
    [
      'a file without its extension',
      { 'x.ts': `import './word'${APP}`, 'word.ts': '' },
      /Node wants the name of the file, with its extension: word\.ts/,
    ],
    ['.js for .ts', { 'x.ts': `import './word.js'${APP}`, 'word.ts': '' }, /with its extension: word\.ts/],
    [
      'npm init -y',
      { 'x.ts': `import 'node:fs'${APP}`, 'package.json': '{"type":"commonjs"}' },
      /its package\.json says "type": "commonjs": say "type": "module" there/,
    ],
    [
      'a package that is not installed',
      { 'x.ts': `import 'not-there'${APP}` },
      /Cannot find package 'not-there' imported from \S+x\.ts$/,
    ],
  ])('%s', async (_what, files, message) => {
    const { code, stderr } = await run(['routes', 'x.ts'], files)
    expect(code).toBe(2)
    expect(stderr.split('\n').find((line) => line.startsWith('tsgi: '))).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at .*(node:internal|packages\/server)/m)
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['flaskap:app', { 'flaskapp.py': '' }, /there is no \S+flaskap; did you mean flaskapp\?/],
    [
      'x.ts:application()',
      { 'x.ts': APP.replace('environ,', '{ PATH_INFO },') },
      /failed: TypeError: .*; it takes 2 arguments and got none: leave the \(\) out if it is the application itself/,
    ],
  ])('%s is told the way', async (target, files, message) => {
    const { code, stderr } = await run(['serve', target, ...FREE], files)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('names the place in the user’s file, not in the framework', async () => {
    const text = `
import { Application, get } from '@tsgi/framework'
const view = () => 'x'
export const application = new Application([get('/a', view), get('/a', view)])`
    const command = tsgi(['serve', 'test/process/.tmp-routes.ts', ...FREE])
    writeFileSync(join(import.meta.dirname, '.tmp-routes.ts'), text)
    try {
      await command.exit()
      expect(command.stderr).toMatch(/RouteError: .*\.tmp-routes\.ts:4:28\)/)
      expect(command.stderr).not.toMatch(/^\s+at .*packages\//m)
    } finally {
      rmSync(join(import.meta.dirname, '.tmp-routes.ts'))
    }
  })
})
