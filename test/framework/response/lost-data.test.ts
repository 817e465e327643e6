/** Values of which JSON would be `{}`: each is an error that names its place and the way out. */
import { Application, get, json, problem, type ViewResult } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'

class Hidden {
  readonly #secret = 1
  get secret(): number {
    return this.#secret
  }
}

class Shown {
  readonly a = 1
  readonly #b = 2
  get b(): number {
    return this.#b
  }
}

/** Values that no compiler lets through as data. */
const LOST: readonly (readonly [name: string, value: object, wayOut: string])[] = [
  ['a Map', new Map([[1, 2]]), 'Object.fromEntries(map)'],
  ['a Set', new Set([1]), '[...set]'],
  ['a WeakMap', new WeakMap(), 'keep it'],
  ['a WeakSet', new WeakSet(), 'keep it'],
  ['a WeakRef', new WeakRef({}), 'deref()'],
  ['a RegExp', /x/, 'String(value)'],
  ['an URLSearchParams', new URLSearchParams('a=1'), 'Object.fromEntries(params)'],
  ['a FormData', new FormData(), 'Object.fromEntries(form)'],
  ['a Headers', new Headers({ a: 'b' }), 'Object.fromEntries(headers)'],
  ['an AbortSignal', new AbortController().signal, 'signal.aborted'],
  ['a Request', new Request('http://a.test/'), 'return what the client needs of it'],
  ['a Blob', new Blob(['x']), 'await blob.bytes()'],
  ['a File', new File(['x'], 'a.txt'), 'await blob.bytes()'],
  ['an ArrayBuffer', new ArrayBuffer(1), 'Uint8Array'],
  ['an Error', new Error('x'), 'throw it'],
  ['a Hidden', new Hidden(), 'toJSON()'],
]

function ask(value: unknown) {
  return request(new Application([get('/', () => value as ViewResult)])).get('/')
}

describe.each(LOST)('%s', (name, value, wayOut) => {
  it.each([
    ['returned', () => value, 'the view returned'],
    ['in an object', () => ({ users: { of: value } }), 'users.of is'],
    ['in a list', () => [1, value], '1 is'],
    ['given to json()', () => json({ of: value }), 'of is'],
    ['in a problem', () => problem({ status: 400, of: value }), 'of is'],
  ])('%s is an error', async (_, make, place) => {
    const response = await request(new Application([get('/', () => make() as ViewResult)])).get('/')
    expect(response.status).toBe(500)
    expect(response.errors).toContain(`${place} ${name}, of which JSON is {}; `)
    expect(response.errors).toContain(wayOut)
  })
})

it.each([
  ['a promise in a list', [Promise.resolve(1)], '0 is a Promise, of which JSON is {}; await it first'],
  ['a generator', { of: (function* () {})() }, 'of is a Generator, of which JSON is {}; give it to stream(…)'],
  ['a BigInt', { items: [{ id: 1n }] }, 'items.0.id is a BigInt, which has no JSON form'],
])('%s is an error that names the field', async (_, value, message) => {
  const response = await ask(value)
  expect(response.status).toBe(500)
  expect(response.errors).toContain(message)
})

it.each([
  ['an empty object', {}, '{}'],
  ['empty objects in others', { a: {}, b: [{}] }, '{"a":{},"b":[{}]}'],
  ['an object without a prototype', Object.create(null), '{}'],
  ['text that looks so', { a: '{}' }, '{"a":"{}"}'],
  ['a date', { at: new Date(0), none: {} }, '{"at":"1970-01-01T00:00:00.000Z","none":{}}'],
  ['an object of a class with members', new Shown(), '{"a":1}'],
  ['an object with toJSON', { of: Object.assign(new Hidden(), { toJSON: () => ({}) }) }, '{"of":{}}'],
  [
    'boxed values',
    { n: new Number(1), b: new Boolean(true), s: new String('x'), none: {} },
    '{"n":1,"b":true,"s":"x","none":{}}',
  ],
  ['undefined members', { a: undefined }, '{}'],
  ['the same object twice', [Shown.prototype.constructor.length, {}, {}], '[0,{},{}]'],
])('%s is data', async (_, value, text) => {
  expect((await ask(value)).text).toBe(text)
})
