import { expect, it } from 'vitest'
import { endCommandsAfterEach, folderWith, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
setInterval(() => undefined, 1000)
const answer = (environ, startResponse) => {
  startResponse(environ.PATH_INFO === '/' ? '200 OK' : '404 Not Found', [['Content-Type', 'text/plain']])
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
