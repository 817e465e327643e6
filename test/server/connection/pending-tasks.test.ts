import { setImmediate as turn } from 'node:timers/promises'
import { validate } from '@tsgi/contract'
import { expect, it } from 'vitest'
import { PendingTasks } from '../../../packages/server/src/connection/connection-context.ts'
import { serve } from '../../../packages/server/src/serve.ts'

it('is done at once when there is nothing', async () => {
  await new PendingTasks().done()
})

it('is done when the last of it is, also of what came while it was waited for', async () => {
  const background = new PendingTasks()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  background.add(first.promise)
  let done = false
  const waiting = background.done().then(() => {
    done = true
  })
  background.add(second.promise)
  first.resolve()
  await turn()
  expect(done).toBe(false)
  second.resolve()
  await waiting
})

it('is given up when it is abandoned', async () => {
  const background = new PendingTasks()
  background.add(new Promise(() => undefined))
  const waiting = background.done()
  background.abandon()
  await waiting
})

it('keeps a server from closing before tsgi.after_response has run', async () => {
  const steps: string[] = []
  const gate = Promise.withResolvers<void>()
  const application = validate((environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    environ['tsgi.after_response']?.(async () => {
      await gate.promise
      steps.push('task')
    })
    return 'answer'
  })
  const server = await serve(application, { bind: ['127.0.0.1:0'] })
  expect(await (await fetch(server.addresses[0] ?? '', { headers: { Connection: 'close' } })).text()).toBe('answer')
  const closed = server.close().then(() => steps.push('closed'))
  await turn()
  gate.resolve()
  await closed
  expect(steps).toEqual(['task', 'closed'])
})
