/** What an operator reads of a request, from the real command: route, id and trace in every line, whatever serves it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, vi } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const SENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const APP = `import { Application, get, text } from '${pathToFileURL('packages/framework/src/index.ts').href}'
const spin = (time) => { const end = performance.now() + time; while (performance.now() < end) Math.random() }
export const application = new Application([
  get('/users/:id', ({ environ }) => text(environ['tsgi.request_id'] + ' ' + environ['tsgi.traceparent'])),
  get('/broken', () => { throw new Error('planted') }),
  get('/waits', async () => { await new Promise((resolve) => setTimeout(resolve, 900)); return text('waited') }),
  get('/spins', () => { spin(1500); return text('spun') }),
])`
/** What the contract leaves to the server: an application that throws. */
const BARE = `export const application = () => { throw new Error('planted') }`

async function started(app: string, words: readonly string[]) {
  const folder = folderWith({ 'app.ts': app })
  const command = await serving(['app.ts', '--bind', '127.0.0.1:0', '--workers', '1', ...words], { cwd: folder })
  const lines = async (count: number) => {
    await vi.waitFor(() => expect(read().length).toBeGreaterThanOrEqual(count), { timeout: 5_000 })
    return read()
  }
  const read = () => readFileSync(join(folder, 'access.log'), 'utf8').split('\n').slice(0, -1)
  return { command, lines, url: command.url }
}

it('a JSON line has what the application had; a stranger chooses nothing of it', async () => {
  const { url, lines } = await started(APP, ['--access-logfile', 'access.log', '--access-log-format', 'json'])
  const headers = { traceparent: SENT, 'X-Request-Id': 'mine', 'X-Request-Start': 't=1' }
  const { text } = await ask(`${url}/users/7`, { headers })
  const line = JSON.parse((await lines(1))[0] ?? '')
  expect(line).toMatchObject({ route: '/users/:id', status: 200 })
  expect(`${line.request_id} ${line.traceparent}`).toBe(text)
  expect([line.request_id, line.traceparent]).not.toContain('mine')
  expect(line.traceparent).not.toBe(SENT)
  expect(line).not.toHaveProperty('queue_ms')
})

it('a believed peer says id, trace and how long the request waited', async () => {
  const trust = ['--trace-allow-ips', '127.0.0.1', '--forwarded-allow-ips', '127.0.0.1']
  const { url, lines } = await started(APP, [...trust, '--access-logfile', 'access.log', '--access-log-format', 'json'])
  const start = `t=${(Date.now() - 5000) / 1000}`
  const headers = { traceparent: SENT, 'X-Request-Id': 'mine', 'X-Request-Start': start }
  expect((await ask(`${url}/users/7`, { headers })).text).toBe(`mine ${SENT}`)
  const line = JSON.parse((await lines(1))[0] ?? '')
  expect(line).toMatchObject({ request_id: 'mine', traceparent: SENT })
  expect(line.queue_ms).toBeGreaterThanOrEqual(4900)
  expect(line.queue_ms).toBeLessThan(60_000)
})

it('a template has named headers, and a client that sends a line break or a quote breaks out of nothing', async () => {
  const format = '%(m)s %(route)s "%({x-tenant}i)s" "%({content-type}o)s"'
  const { url, lines } = await started(APP, ['--access-logfile', 'access.log', '--access-log-format', format])
  await ask(`${url}/users/7`, { headers: { 'X-Tenant': 'a"b\\c' } })
  expect(await lines(1)).toEqual(['GET /users/:id "a\\x22b\\x5Cc" "text/plain; charset=utf-8"'])
})

it('an unknown atom ends the start, with the nearest name', async () => {
  const command = tsgi(['serve', 'app.ts', '--access-log-format', '%(rout)s'], { cwd: folderWith({ 'app.ts': APP }) })
  expect((await command.exit()).code).toBe(2)
  expect(command.output).toContain('has the unknown atom %(rout)s; did you mean route?')
})

it.each([
  [
    'of a view',
    APP,
    '/broken',
    /GET \/broken failed \(request [0-9a-f-]{36}\): Error: planted[\s\S]*\n.*in the route \/broken/,
  ],
  ['of an application', BARE, '/x', /GET \/x \[id=[0-9a-f-]{36}\]: Error: planted/],
])('an error %s names its request', async (_whose, app, path, line) => {
  const { command, url } = await started(app, [])
  expect((await ask(url + path)).status).toBe(500)
  await command.printed(line)
})

it('a slow request is reported once, with the stack where JavaScript holds the loop', async () => {
  const { command, url } = await started(APP, ['--slow-request', '0.4'])
  expect((await ask(`${url}/waits`)).text).toBe('waited')
  await command.printed(
    /WARNING\] slow request: GET \/waits \[id=\S+ route=\/waits\] is under way for 0\.\d s; the event loop is free/,
  )
  expect((await ask(`${url}/spins`)).text).toBe('spun')
  await command.printed(
    /slow request: GET \/spins \[id=\S+ route=\/spins\] is under way.*\n.*held by JavaScript\n\s+at spin \(.*app\.ts:2:/,
  )
  expect(command.output.match(/slow request: /g)).toHaveLength(2)
  expect((await ask(`${url}/users/7`)).status).toBe(200)
})
