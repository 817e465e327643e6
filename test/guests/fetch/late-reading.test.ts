/** A fetch handler that answers first and reads the body afterwards hears that it is too late, as from its Node adapters. */
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { fromFetchHandler } from '../../../packages/server/src/guests/fetch-handler.ts'
import { gatewayHost, type Host } from '../../support/hosts.ts'
import { RawClient } from '../../support/raw-client.ts'

const hosts: Host[] = []

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

describe('a fetch handler that reads after its response', () => {
  it.each([
    ['came with the head', 100],
    ['is still on its way', 300_000],
  ])('gets an error, and never a part: a body that %s', async (_, size) => {
    const outcome = Promise.withResolvers<string>()
    const late = async (request: Request): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const body = request.body
      if (body === null) throw new Error('no body')
      await text(body).then(
        (all) => outcome.resolve(`read ${all.length}`),
        (error: Error) => outcome.resolve(error.message),
      )
    }
    const host = await gatewayHost(
      fromFetchHandler((request) => {
        late(request).catch(outcome.reject)
        return new Response('early')
      }),
    )
    hosts.push(host)
    const client = new RawClient(host.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)
    expect((await client.response('POST')).status).toBe(200)
    expect(await outcome.promise).toContain('the response has ended')
  })
})
