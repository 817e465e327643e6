/** Limits without a store: exact over the workers of the real command, over a killed worker and over reloads; and in one process. */
import { validate } from '@tsgi/contract'
import { rateLimit } from '@tsgi/framework/middleware'
import { serve } from '@tsgi/server'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'
import { gatewayHost } from '../support/hosts.ts'
import { LIMITED, send } from '../support/limited.ts'

endCommandsAfterEach()

const served = (workers: number) =>
  serving(['app.ts', '--bind', '127.0.0.1:0', '--workers', String(workers)], { cwd: folderWith({ 'app.ts': LIMITED }) })

describe('a limit of 500 in a day', () => {
  it.each([1, 3])('holds for %i workers, to the last request', async (workers) => {
    const { allowed, refused } = await send((await served(workers)).port, 1500)
    expect([allowed, refused]).toEqual([500, 1000])
  })

  it('counts what a killed worker has used, and is kept over a reload', async () => {
    const command = await served(2)
    const before = await send(command.port, 100)
    const pid = Number((await ask(`${command.url}/pid`)).text)
    process.kill(pid, 'SIGKILL')
    await command.printed(/signal SIGKILL|SIGKILL/)
    const between = await send(command.port, 100)
    command.child.kill('SIGHUP')
    await command.printed(/reload/)
    const after = await send(command.port, 1000)
    expect(before.allowed + between.allowed + after.allowed).toBeLessThanOrEqual(500)
    expect(before.allowed + between.allowed + after.allowed).toBeGreaterThanOrEqual(475)
    const last = await ask(command.url)
    expect([last.status, last.headers['retry-after'], last.headers.ratelimit]).toEqual([
      429,
      expect.stringMatching(/^8[6-9]\d{3}$/),
      expect.stringMatching(/^"default";r=0;t=\d+$/),
    ])
  })
})

describe('in one process', () => {
  const limited = validate(
    rateLimit({ limit: 2, window: '1h', key: () => 'one' })(
      validate((_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return 'hello'
      }),
    ),
  )

  it('serve() counts by itself', async () => {
    const server = await serve(limited, { bind: ['127.0.0.1:0'] })
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) statuses.push((await ask(server.addresses[0] ?? '')).status)
    await server.close()
    expect(statuses).toEqual([200, 200, 429])
  })

  it('another server does not know how many processes it has: the error names the way out', async () => {
    const host = await gatewayHost(limited)
    expect((await host.ask({ target: '/' })).status).toBe(500)
    expect(host.log()).toContain('give a store: redisLimits(client), flexibleLimits(make), or one of your own')
    await host.close()
  })
})
