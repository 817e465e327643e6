/** The graduation site without a socket, both sides of the contract checked. */
import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { describe, expect, it } from 'vitest'
import { application } from '../../examples/graduation/app.ts'
import { ticks } from '../../examples/graduation/mytime.ts'

const form = (fields: Readonly<Record<string, string>>) =>
  call(validate(application), '/congratulate', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams(fields)),
  })

describe('graduation', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8', 'Graduation'],
    ['/mytime', 200, 'text/html; charset=utf-8', 'GMT'],
    ['/mynews', 200, 'text/html; charset=utf-8', 'TSGI: the same for TypeScript.'],
    ['/congratulate', 200, 'text/html; charset=utf-8', 'Who graduates?'],
    ['/card?name=Ada&year=2026', 200, 'text/html; charset=utf-8', 'Congratulations, Ada!'],
    ['/environ', 200, 'text/html; charset=utf-8', 'REQUEST_METHOD'],
    ['/routes', 200, 'text/html; charset=utf-8', '/mytime/live'],
    ['/static/favicon.svg', 200, 'image/svg+xml', '<svg'],
    ['/static/mytime.js', 200, 'text/javascript; charset=utf-8', 'EventSource'],
    ['/static/index.html', 200, 'text/html; charset=utf-8', 'A static page'],
    ['/static/style.css', 200, 'text/css; charset=utf-8', 'system-ui'],
    ['/nowhere', 404, 'text/html; charset=utf-8', 'There is no such page here'],
  ])('answers %s with %i and %s', async (path, status, type, text) => {
    const response = await call(validate(application), path)
    expect(response.status).toBe(status)
    expect(response.header('content-type')).toBe(type)
    expect(response.text).toContain(text)
  })

  it('shows the form again, with what was typed and what is wrong with it', async () => {
    const response = await form({ name: ' ', year: '<1850>', wish: 'All the best' })
    expect(response.status).toBe(422)
    for (const text of [
      'Enter a name',
      'Enter a year of four digits',
      'value="&lt;1850&gt;"',
      'value="All the best"',
    ]) {
      expect(response.text).toContain(text)
    }
    expect((await form({ name: 'Ada', year: '1850' })).text).toContain('Enter a year from 1900 to 2100')
  })

  it('leads to a card whose address holds it, and checks that address like the form', async () => {
    const response = await form({ name: 'Ada & <Bob>', year: '2026', wish: '' })
    expect(response.status).toBe(303)
    const card = await call(validate(application), response.header('location') ?? '')
    expect(card.text).toContain('Congratulations, Ada &amp; &lt;Bob&gt;!')
    expect((await call(validate(application), '/card?name=Ada&year=1850')).status).toBe(400)
  })

  it('escapes what a client says of itself', async () => {
    const response = await call(validate(application), '/environ?<script>', { headers: { 'X-A': '<b>' } })
    expect(response.text).toContain('&lt;b&gt;')
    expect(response.text).not.toContain('<script>')
  })

  it('sends the time as an event, again and again', async () => {
    const events = ticks({ lastEventId: undefined, signal: new AbortController().signal })
    expect((await events.next()).value).toMatch(/GMT$/)
    expect((await events.next()).value).toMatch(/GMT$/)
    await events.return(undefined)
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
