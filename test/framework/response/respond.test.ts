/** What a view may return, and what becomes of a value that JSON would lose without a word. */
import { Application, get, type ViewResult } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'
import { toResponse } from '../../../packages/framework/src/response/respond.ts'

class Point {
  readonly x = 1
}

class Money {
  toJSON(): string {
    return '1 EUR'
  }
}

describe('a value is JSON', () => {
  it.each<[string, ViewResult, string]>([
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an object of a class', new Point(), '{"x":1}'],
    ['one that says how', new Money(), '"1 EUR"'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['a list', [1, null], '[1,null]'],
    ['nothing', null, 'null'],
    ['a page of something iterable', { next: '/2', items: [] }, '{"next":"/2","items":[]}'],
  ])('%s', (_, value, body) => {
    expect(toResponse(value).body).toBe(body)
  })
})

describe('a value of which JSON would be {} is a mistake that is told', () => {
  function* generated() {
    yield 'a'
  }
  it.each<[string, ViewResult, string]>([
    ['an error', new TypeError('x'), 'the view returned an Error, of which JSON is {}; throw it'],
    ['a map', new Map([[1, 2]]), 'a Map, of which JSON is {}; make a list or a plain object of it'],
    ['a set', new Set([1]), 'a Set, '],
    ['a buffer', new ArrayBuffer(1), 'an ArrayBuffer, of which JSON is {}; make a Uint8Array of it'],
    ['a generator', generated(), 'a Generator, of which JSON is {}; give it to stream(…) or events(…)'],
  ])('%s', (_, value, message) => {
    expect(() => toResponse(value)).toThrow(message)
  })

  it('the answer of a fetch, by the compiler too', async () => {
    // @ts-expect-error that Response is another one
    const proxy = get('/', async () => new globalThis.Response('x'))
    const response = await request(new Application([proxy])).get('/')
    expect(response.status).toBe(500)
    expect(response.errors).toContain('a Response, of which JSON is {}; give its body to stream(…)')
  })

  it('a stream, by the compiler too', async () => {
    // @ts-expect-error a stream is no data
    const proxy = get('/', () => new ReadableStream())
    const response = await request(new Application([proxy])).get('/')
    expect(response.errors).toContain('a ReadableStream, of which JSON is {}; give it to stream(…) or events(…)')
  })
})
