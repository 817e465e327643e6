/** Every one of 50,000 requests has one line in the access log, which joins with its span and its route; the metrics count the same. */
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, ROOT, serving } from '../support/command.ts'

endCommandsAfterEach()

const REQUESTS = 50_000
const CLIENTS = 32
const ROUTES = ['/users/:id', '/later/:id', '/health'] as const

function get(agent: http.Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
}

it('joins log line, span and route of each, and agrees with the metrics', async () => {
  const folder = folderWith({})
  const [log, spans] = [join(folder, 'access.log'), join(folder, 'spans.log')]
  const words = ['test/long/observed-application.ts:application', '--bind', '127.0.0.1:0', '--workers', '2']
  const logs = [
    '--access-logfile',
    log,
    '--access-log-format',
    'json',
    '--metrics',
    '127.0.0.1:0',
    '--control-socket',
    'off',
  ]
  const command = await serving([...words, ...logs], { cwd: ROOT, env: { ...process.env, SPANS: spans } })
  const [, metrics = ''] = await command.printed(/Metrics at (\S+)\/metrics/)
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS })
  let next = 0
  const client = async () => {
    for (let n = next++; n < REQUESTS; n = next++)
      await get(agent, command.url + (ROUTES[n % ROUTES.length] ?? '').replace(':id', String(n)))
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  agent.destroy()

  const read = (file: string) => readFileSync(file, 'utf8').trim().split('\n')
  await expect.poll(() => read(log).length, { timeout: 20_000 }).toBe(REQUESTS)
  await expect.poll(() => read(spans).length, { timeout: 20_000 }).toBe(REQUESTS)
  const named = new Map(read(spans).map((line) => [line.slice(0, 49), line.slice(50)] as const))
  const ids = new Set<string>()
  const counts = new Map<string, number>()
  for (const line of read(log)) {
    const { route, request_id: id, traceparent, target } = JSON.parse(line)
    ids.add(id)
    counts.set(route, (counts.get(route) ?? 0) + 1)
    expect(target.replace(/\d+$/, ':id')).toBe(route)
    expect(named.get(traceparent.slice(3, 52).replace('-', ' '))).toBe(`GET ${route}`)
  }
  expect(ids.size).toBe(REQUESTS)
  const { text } = await ask(`${metrics}/metrics`)
  for (const route of ROUTES)
    expect(text).toContain(
      `tsgi_route_requests_total{method="GET",route="${route}",status="200"} ${counts.get(route)}\n`,
    )
})
