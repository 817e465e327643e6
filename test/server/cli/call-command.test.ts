/** `tsgi call`: one request without a server; its content, its head, its exit code. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callCommand } from '../../../packages/server/src/cli/call-command.ts'
import { folderOf, run } from '../../support/own-command.ts'

const APP = `
export const application = async (environ, startResponse) => {
  const { PATH_INFO, REQUEST_METHOD, QUERY_STRING, HTTP_X_A = '', CONTENT_LENGTH = '-' } = environ
  if (PATH_INFO === '/octets') {
    startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
    return new Uint8Array([0, 255, 10, 13])
  }
  if (PATH_INFO.startsWith('/status/')) {
    startResponse(PATH_INFO.slice(8) + ' ', PATH_INFO === '/status/204' ? [] : [['Content-Type', 'text/plain']])
    return PATH_INFO.startsWith('/status/204') ? '' : 'sorry\\n'
  }
  if (PATH_INFO === '/log') environ['wsgi.errors'].write('a word\\n')
  if (PATH_INFO === '/throws') throw new Error('broken')
  if (PATH_INFO === '/hop') startResponse('200 OK', [['Connection', 'close']])
  if (PATH_INFO === '/cut') {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return (function* () {
      yield 'half'
      throw new Error('no more')
    })()
  }
  environ['tsgi.early_hints']?.([['Link', '</a.css>']])
  const body = new TextDecoder().decode(await environ['wsgi.input'].read())
  startResponse('200 OK', [['Content-Type', 'text/plain'], ['X-B', 'caf\\u00e9']])
  return [REQUEST_METHOD, PATH_INFO, QUERY_STRING, HTTP_X_A, CONTENT_LENGTH, body].join('|') + '\\n'
}
`

const call = (args: readonly string[], input?: string | Uint8Array) => {
  const folder = folderOf({ 'app.ts': APP, 'data.json': '{"a":1}' })
  return run(
    callCommand,
    [join(folder, 'app.ts'), ...args].map((arg) => arg.replace('@data', `@${join(folder, 'data')}`)),
    input,
  )
}

it.each([
  ['a path', ['/users/7?x=y'], 'GET|/users/7|x=y||-|\n'],
  ['a method', ['DELETE', '/users/7'], 'DELETE|/users/7|||-|\n'],
  ['headers', ['/', '--header', 'X-A: 1', '-H', 'x-a:2'], 'GET|/||1, 2|-|\n'],
  ['data', ['POST', '/', '--data', 'ä'], 'POST|/|||2|ä\n'],
  ['data of a file', ['POST', '/', '-d', '@data.json'], 'POST|/|||7|{"a":1}\n'],
  ['data of standard input', ['PUT', '/', '--data', '-'], 'PUT|/|||5|input\n'],
  ['data that begins with a hyphen', ['PUT', '/', '--data=-5'], 'PUT|/|||2|-5\n'],
])('sends %s, and prints the content', async (_what, args, expected) => {
  const { code, stdout, stderr } = await call(args, 'input')
  expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 0, stdout: expected, stderr: '' })
})

it('prints octets as they are', async () => {
  expect([...(await call(['/octets'])).stdout]).toEqual([0, 255, 10, 13])
})

it('prints heads in front, early hints too, with --include', async () => {
  const { stdout } = await call(['/', '--include'])
  expect(stdout.toString('latin1')).toBe(
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-B: café\r\n\r\nGET|/|||-|\n',
  )
  expect((await call(['HEAD', '/', '-i'])).stdout.toString('latin1')).toMatch(/\r\n\r\n$/)
})

it.each([
  ['204', 0],
  ['302', 0],
  ['399', 0],
  ['400', 1],
  ['404', 1],
  ['500', 1],
])('ends for a %s with %i', async (status, code) => {
  expect((await call([`/status/${status}`])).code).toBe(code)
})

it('prints what the application logs on standard error', async () => {
  expect(await call(['/log'])).toMatchObject({ code: 0, stderr: 'a word\n' })
})

describe('what goes wrong in the application', () => {
  it('shows the error that it threw, beside what a client gets', async () => {
    const { code, stdout, stderr } = await call(['/throws'])
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: 'Internal Server Error\n' })
    expect(stderr).toMatch(/^Error: broken\n.*app\.ts/s)
  })

  it('shows a breach of the contract', async () => {
    const { code, stdout, stderr } = await call(['/hop'])
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'tsgi: breach of the contract: C60: the header Connection is hop-by-hop; only the server may send it\n',
    )
  })

  it('prints as much of an answer as there is', async () => {
    const { code, stdout, stderr } = await call(['/cut'])
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: 'half' })
    expect(stderr).toContain('tsgi: the response was cut short: no more\n')
  })
})

describe('one line and exit code 2', () => {
  it.each([
    ['for no request', [], /^usage: tsgi call/],
    ['for too many words', ['GET', '/', '/'], /^usage: tsgi call/],
    ['for a path that does not begin with /', ['GET', 'users'], /must begin with \//],
    ['for a path that is not encoded', ['/ä'], /use encodeURI/],
    ['for a method that is none', ['G T', '/'], /not a token/],
    ['for a header that is none', ['/', '-H', 'nothing'], /write --header 'Name: value'/],
    ['for a file that is not there', ['/', '-d', '@missing'], /--data @missing: ENOENT/],
    ['for a flag that is none', ['/', '--verbose'], /Unknown option '--verbose'; usage/],
    ['for a flag without its value', ['/', '--header'], /argument missing; usage/],
  ])('%s', async (_what, args, message) => {
    const failing = call(args)
    await expect(failing).rejects.toMatchObject({
      name: 'ConfigError',
      exitCode: 2,
      message: expect.stringMatching(message),
    })
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('\n') })
  })
})
