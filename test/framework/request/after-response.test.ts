/** Work after the response where the server offers no door for it; where it does, see response/values.test.ts. */
import { environFor } from '@tsgi/contract/testing'
import { Request } from '@tsgi/framework'
import { expect, it } from 'vitest'

it('work is done soon, and hints are not sent, where the server cannot (SPEC C32, C33)', async () => {
  const written = Promise.withResolvers<string>()
  const order: string[] = []
  const errors = { write: written.resolve, writelines: () => {}, flush: () => {} }
  const request = new Request(environFor('/', { 'wsgi.errors': errors }), {}, 0)
  request.earlyHints(['</a.css>; rel=preload'])
  request.afterResponse(() => void order.push('task'))
  request.afterResponse(() => {
    throw new Error('it failed')
  })
  order.push('view')
  expect(await written.promise).toMatch(/^a task after the response failed: Error: it failed\n/)
  expect(order).toEqual(['view', 'task'])
})
