import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, file, get, html, negotiate, text } from '@tsgi/framework'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const application = validate(
  new Application([
    get('/note', { response: z.object({ id: z.number() }) }, (request) =>
      negotiate(request, {
        html: async () => html('<p>7</p>').withHeaders([['Vary', 'Cookie']]),
        json: () => ({ id: 7, secret: 'kept here' }),
        txt: () => 'seven',
        csv: () => 'id\n7\n',
        'application/vnd.note+json': () => '{"n":7}',
        'image/x-icon': () => file('package.json'),
      }),
    ),
    get('/varied', (request) => negotiate(request, { txt: () => text('x', 200, [['vary', 'Cookie, Accept']]) })),
    get('/none', (request) => negotiate(request, {})),
    get('/odd', (request) => negotiate(request, { nonsense: () => '' })),
  ]),
)

const ask = (path: string, accept?: string) =>
  call(application, path, accept === undefined ? {} : { headers: { Accept: accept } })
const vary = (response: { headers: readonly (readonly [string, string])[] }) =>
  response.headers.filter(([name]) => name.toLowerCase() === 'vary').map(([, value]) => value)

describe('negotiate (RFC 9110 §12.1)', () => {
  it.each([
    ['application/json', 'application/json', '{"id":7}'],
    ['text/html', 'text/html; charset=utf-8', '<p>7</p>'],
    ['text/plain', 'text/plain; charset=utf-8', 'seven'],
    ['text/csv', 'text/csv; charset=utf-8', 'id\n7\n'],
    ['application/vnd.note+json', 'application/vnd.note+json', '{"n":7}'],
    ['text/html;q=0.1, application/json;q=0.2', 'application/json', '{"id":7}'],
  ])('makes the form that is liked best: %s', async (accept, type, body) => {
    const response = await ask('/note', accept)
    expect(response).toMatchObject({ status: 200, text: body })
    expect(response.header('content-type')).toBe(type)
    expect(vary(response)).toContain('Accept')
  })

  it.each([undefined, '*/*'])('makes the first for who has no preference: %s', async (accept) => {
    expect((await ask('/note', accept)).header('content-type')).toBe('text/html; charset=utf-8')
  })

  it('says once that it depends on Accept, beside what else it depends on, for a file too', async () => {
    expect(vary(await ask('/note', 'text/html'))).toEqual(['Cookie', 'Accept'])
    expect(vary(await ask('/varied'))).toEqual(['Cookie, Accept'])
    expect(vary(await ask('/note', 'image/x-icon'))).toContain('Accept')
  })

  it('is 406 for who takes none of them, and names what there is (RFC 9110 §15.5.7)', async () => {
    const refused = await ask('/note', 'image/png')
    expect(refused.status).toBe(406)
    expect(refused.text).toBe(
      'This is available as text/html, application/json, text/plain, text/csv, application/vnd.note+json, image/x-icon\n',
    )
    expect(vary(refused)).toContain('Accept')
    expect((await ask('/none')).status).toBe(406)
  })

  it('takes a name that nobody knows for a mistake of the view', async () => {
    const broken = await ask('/odd')
    expect(broken.status).toBe(500)
    expect(broken.errors).toContain('nonsense is no media type and no known extension')
  })
})
