import { expect, it } from 'vitest'
import { endCommandsAfterEach, folderWith, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
setInterval(() => undefined, 1000)
const answer = (environ, startResponse) => {
  startResponse(['/', '/feed'].includes(environ.PATH_INFO) ? '200 OK' : '404 Not Found', [['Content-Type', 'text/plain']])
  if (environ.PATH_INFO === '/feed') return (async function* () {
    for (let at = 0; ; at++) {
      yield 'data: ' + at + '\\n\\n'
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  return 'x'.repeat(1000000)
}
export const application = Object.assign(answer, { routes: [{ pattern: '/', kind: 'callable', place: 'routes[0]' }] })
`

it.each([
  ['routes', ['app.ts'], 0, /^METHODS/],
  ['routes', ['app.ts:nothing'], 2, /^$/],
  ['call', ['app.ts', '/'], 0, /^x{1000000}$/],
  ['call', ['app.ts', 'GET', '/missing'], 1, /^x{1000000}$/],
  ['call', ['app.ts', 'GET', 'missing'], 2, /^$/],
])('tsgi %s %j ends with %i, and all is printed', async (name, words, code, printed) => {
  const command = tsgi([name, ...words], { cwd: folderWith({ 'app.ts': APP }) })
  expect(await command.exit()).toMatchObject({ code })
  expect(command.stdout).toMatch(printed)
  if (code === 2) expect(command.stderr).toMatch(/^tsgi: .+\n$/)
})

it('prints an endless stream as it comes, with its head in front', async () => {
  const command = tsgi(['call', 'app.ts', '/feed', '--include'], { cwd: folderWith({ 'app.ts': APP }) })
  await command.printed(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n\r\ndata: 0\n\ndata: 1\n\ndata: 2/)
  command.signal('SIGINT')
  await command.exit()
})

it('ends without a stack when its reader has seen enough', async () => {
  for (const words of ['call app.ts /', 'help options', 'routes app.ts']) {
    const script = `"$0" "$1" ${words} 2>err | head -c 5 >out; codes="\${PIPESTATUS[*]}"; cat err; echo "codes $codes"`
    const options = { cwd: folderWith({ 'app.ts': APP }), through: ['bash', '-c', script] }
    const command = tsgi([], options)
    await command.exit()
    expect(command.output).toBe('codes 0 0\n')
  }
})

it('says that methods are case-sensitive', async () => {
  const app = APP.replace("'404 Not Found'", "'405 Method Not Allowed'")
  const command = tsgi(['call', 'app.ts', 'get', '/x'], { cwd: folderWith({ 'app.ts': app }) })
  expect(await command.exit()).toMatchObject({ code: 1 })
  expect(command.stderr).toBe('tsgi: methods are case-sensitive: get is not GET\n')
})

it.each(['', ' '])('refuses the empty name %j, as of a variable that is not set', async (name) => {
  const command = tsgi(['call', name, '/'], { cwd: folderWith({ 'app.ts': APP }) })
  expect(await command.exit()).toMatchObject({ code: 2 })
  expect(command.stderr).toMatch(/^tsgi: the name of the application is empty: is a variable unset\?.*\n$/)
})
