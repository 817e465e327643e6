/** 20,000 requests against one limit, by the real command: never more than the limit, never less than 95 % of it. */
import { expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'
import { LIMITED, send } from '../support/limited.ts'

endCommandsAfterEach()

const LIMIT = 10_000

it.each([1, 4, 8])('%i workers, one of them killed in the middle', async (workers) => {
  const options = { cwd: folderWith({ 'app.ts': LIMITED }), env: { LIMIT: String(LIMIT) } }
  const command = await serving(['app.ts', '--bind', '127.0.0.1:0', '--workers', String(workers)], options)
  const pid = Number((await ask(`${command.url}/pid`)).text)
  let responses = 0
  const { allowed, refused, lost } = await send(command.port, 20_000, 64, () => {
    responses += 1
    if (responses === LIMIT / 2) process.kill(pid, 'SIGKILL')
  })
  expect(allowed + refused + lost).toBe(20_000)
  expect(allowed).toBeLessThanOrEqual(LIMIT)
  expect(allowed).toBeGreaterThanOrEqual(0.95 * LIMIT)
})
