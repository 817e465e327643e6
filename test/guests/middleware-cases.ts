/**
 * Our middleware over a guest, and a guest beside our own views: guests are contract applications, so it must just work.
 * A guest answers `/long` with `LONG`, and `/stream` with it twice.
 */
import { gunzipSync } from 'node:zlib'
import { type Application, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { get, mount, Application as Site, text } from '@tsgi/framework'
import { accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { describe, expect, it } from 'vitest'
import { gatewayHost } from '../support/hosts.ts'

export const LONG: string = 'a line of text that is long enough to be worth it\n'.repeat(200)

export function testMiddlewareOver(name: string, guest: () => Application): void {
  describe(`over ${name}`, () => {
    it.each([
      ['/long', LONG],
      ['/stream', LONG + LONG],
    ])('compress codes %s', async (target, expected) => {
      const application = validate(compress()(validate(guest())))
      const response = await call(application, target, { headers: { 'Accept-Encoding': 'gzip' } })
      expect(response.header('content-encoding')).toBe('gzip')
      expect(gunzipSync(response.bytes).toString()).toBe(expected)
      application.verify()
    })

    it('conditionalGet answers 304 to what it tagged', async () => {
      const application = validate(conditionalGet()(validate(guest())))
      const tag = (await call(application, '/long')).header('etag')
      const again = await call(application, '/long', { headers: { 'If-None-Match': tag ?? '' } })
      expect([again.status, again.text]).toEqual([304, ''])
    })

    it('requestId names the response', async () => {
      const response = await call(validate(requestId()(validate(guest()))), '/long')
      expect(response.headers.some(([name]) => name.toLowerCase() === 'x-request-id')).toBe(true)
    })

    it('accessLog writes a line', async () => {
      const response = await call(validate(accessLog()(validate(guest()))), '/stream')
      expect(response.errors).toMatch(/"GET \/stream HTTP\/1\.1" 200/)
    })

    it('a route list has views of its own beside it, on the gateway server', async () => {
      const site = new Site([get('/ours', () => text('ours')), mount('/theirs', guest())])
      const host = await gatewayHost(site)
      expect((await host.ask({ target: '/ours' })).body).toBe('ours')
      expect((await host.ask({ target: '/theirs/long' })).body).toBe(LONG)
      expect((await host.ask({ target: '/theirs/none' })).status).toBe(404)
      expect(host.log()).toBe('')
      await host.close()
    })
  })
}
