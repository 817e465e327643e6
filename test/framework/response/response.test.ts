import { escapeHtml, HttpError, html, json, problem, Response, redirect, stream, text } from '@tsgi/framework'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { statusLine } from '../../../packages/framework/src/http/status.ts'
import { respond, toResponse } from '../../../packages/framework/src/response/respond.ts'

describe('a response', () => {
  it('is not changed by what is made of it', () => {
    const first = text('x')
    const second = first.withHeaders([['Set-Cookie', 'a=b']]).withStatus(201)
    expect([first.status, first.headers.length]).toEqual([200, 1])
    expect([second.status, second.headers.length, second.body]).toEqual([201, 2, 'x'])
    expect(html('x').headers).toBe(html('y').headers)
    expect(Object.isFrozen(html('x').headers)).toBe(true)
  })

  it.each<[string, Response]>([
    ['text', text('x', 200, [['content-type', 'text/css']])],
    ['html', html('x', 200, [['Content-Type', 'text/css']])],
    ['json', json({}, 200, [['Content-Type', 'text/css']])],
    ['stream', stream(['x'], 200, [['Content-Type', 'text/css']])],
    ['problem', problem({ status: 400 }, [['Content-Type', 'text/css']])],
    ['text with more headers', text('x').withHeaders([['Content-Type', 'text/css']])],
    ['json with more headers', json('x').withHeaders([['Content-Type', 'text/css']])],
  ])('has one type, the one it was given: %s', (_, { headers }) => {
    expect(headers.map(([name, value]) => [name.toLowerCase(), value])).toEqual([['content-type', 'text/css']])
  })

  it.each([text, html, redirect])('is not made of what is no text', (make) => {
    const untyped = make as (body: unknown) => unknown
    expect(() => untyped(undefined)).toThrow(`${make.name}() takes a string, not undefined`)
  })

  it.each([() => {}, undefined, Symbol('x')])('refuses %s as JSON', (data) => {
    expect(() => json(data)).toThrow('has no JSON form')
  })

  it.each([199, 600, 100, Number.NaN, 200.5])('with status %d is refused when it is sent', (status) => {
    expect(() => respond(text('', status), () => async () => {})).toThrow(RangeError)
  })

  it('has the usual phrase, or none', () => {
    expect([statusLine(200), statusLine(404), statusLine(599)]).toEqual(['200 OK', '404 Not Found', '599 '])
  })

  it('is what a view gave, and an HttpError is thrown', () => {
    const response = new Response('x')
    expect(toResponse(response)).toBe(response)
    expect(() => toResponse(new HttpError(404))).toThrow(HttpError)
    expect(() => new HttpError(200)).toThrow(RangeError)
  })
})

describe('a redirect', () => {
  it.each(['/a\r\nSet-Cookie: x', '/a\nb', '/a\0', '\u007f'])(
    'to %j is refused: it would be more than a location',
    (location) => {
      expect(() => redirect(location)).toThrow(TypeError)
    },
  )

  it.each([
    ['/ü b', '/%C3%BC%20b'],
    ['/a%20b?c=d#e', '/a%20b?c=d#e'],
    ['https://例え.jp/', 'https://%E4%BE%8B%E3%81%88.jp/'],
    ['/\ud800', '/%EF%BF%BD'],
  ])('to %j is sent as %j', (location, sent) => {
    expect(redirect(location, 308).headers).toEqual([['Location', sent]])
  })

  it('never sends anything but visible ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (location) => {
        try {
          expect(redirect(location).headers[0]?.[1]).toMatch(/^[\x21-\x7e]*$/)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }),
    )
  })
})

it('escapes text for HTML', () => {
  expect(escapeHtml(`<a href="x" b='y'>&amp;`)).toBe('&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;')
})
