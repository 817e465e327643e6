/** `--middleware`: round whatever is served. */
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const GUARDS = `
const named = (name) => (application) => (environ, startResponse) =>
  environ.PATH_INFO === '/closed'
    ? (startResponse('403 Forbidden', [['Content-Type', 'text/plain']]), 'closed')
    : application(environ, (status, headers, ...rest) => startResponse(status, [...headers, ['X-Guard', name]], ...rest))
export default [named('outer'), named('inner')]
export const one = named('one')
`
const FILES = {
  'guards.ts': GUARDS,
  'app.ts': `export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'contract'
}`,
  'node.mjs': `import http from 'node:http'
export default http.createServer((request, response) => response.end('node'))`,
  'py.py': `def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'python']
`,
  'page.html': 'page',
}

describe('--middleware', () => {
  it.each([
    ['app.ts', '/', 'contract'],
    ['node.mjs', '/', 'node'],
    ['py:application', '/', 'python'],
    ['.', '/page.html', 'page'],
  ])('goes round %s', async (target, path, text) => {
    const words = [target, '--bind', '127.0.0.1:0', '--middleware', 'guards.ts']
    const command = await serving(words, { cwd: folderWith(FILES) })
    const response = await ask(`${command.url}${path}`)
    expect(response.text).toBe(text)
    expect(response.headers['x-guard']).toBe('inner, outer')
    expect((await ask(`${command.url}/closed`)).status).toBe(403)
  })

  it.each([
    ['guards.ts:one', 0, /^X-Guard: one\r$/m],
    ['none.ts', 2, /cannot find module none\.ts/],
    ['guards.ts:two', 2, /no callable "two" in guards\.ts/],
    ['text.ts', 2, /no callable "default" in text\.ts: "default" is of type string/],
    ['list.ts', 2, /--middleware: list\.ts:default\[1\] is no function: export default a list of/],
    ['async.ts', 2, /--middleware: async\.ts:default\[0\] returned a promise, not an application/],
    ['throws.ts', 2, /--middleware: throws\.ts:default\[0\] failed: Error: no key \(throws\.ts:1:/],
  ])('%s: exit code %i', async (module, code, output) => {
    const files = {
      ...FILES,
      'text.ts': 'export default "x"',
      'list.ts': 'export default [(a) => a, 7]',
      'async.ts': 'export default async (a) => a',
      'throws.ts': 'export default () => { throw new Error("no key") }',
    }
    const command = tsgi(['call', 'app.ts', '/', '--include', '--middleware', module], { cwd: folderWith(files) })
    expect((await command.exit()).code).toBe(code)
    expect(command.output).toMatch(output)
  })
})
