/** The graduation site without a socket, both sides of the contract checked. */
import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { describe, expect, it } from 'vitest'
import { application } from '../../examples/graduation/app.ts'

describe('graduation', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8', 'Graduation'],
    ['/mytime', 200, 'text/html; charset=utf-8', 'GMT'],
    ['/mynews', 200, 'text/html; charset=utf-8', 'TSGI: the same for TypeScript.'],
    ['/static/index.html', 200, 'text/html; charset=utf-8', 'A static page'],
    ['/static/style.css', 200, 'text/css; charset=utf-8', 'system-ui'],
    ['/nowhere', 404, 'text/html; charset=utf-8', 'There is no such page here'],
  ])('answers %s with %i and %s', async (path, status, type, text) => {
    const response = await call(validate(application), path)
    expect(response.status).toBe(status)
    expect(response.header('content-type')).toBe(type)
    expect(response.text).toContain(text)
  })

  it('serves the GBK page as it lies on the disk, and says that it is GBK', async () => {
    const response = await call(validate(application), '/static/biye.html')
    expect(response.header('content-type')).toBe('text/html; charset=gbk')
    expect(new TextDecoder('gbk').decode(response.bytes)).toContain('毕业设计')
  })

  it('serves its picture as PNG', async () => {
    const response = await call(validate(application), '/static/biye.png')
    expect(response.header('content-type')).toBe('image/png')
    expect([...response.bytes.subarray(1, 4)]).toEqual([...Buffer.from('PNG')])
  })

  it.each(['/static/../app.ts', '/static/%2e%2e/app.ts', '/static/..%2fapp.ts'])(
    'shows nothing outside: %s',
    async (path) => {
      const response = await call(validate(application), path)
      expect([400, 403, 404]).toContain(response.status)
      expect(response.text).not.toContain('import')
    },
  )
})
