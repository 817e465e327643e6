import { Application, get, group, type ParamsOf, post, type Request, type RouteEntry } from '@tsgi/framework'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { readPattern } from '../../../packages/framework/src/routing/path-pattern.ts'

/** Checks the type against the pattern's names as they are read at run time. */
function params<const Pattern extends string>(pattern: Pattern) {
  return { type: expectTypeOf<ParamsOf<Pattern>>(), names: readPattern(pattern).names }
}

describe('the parameters of a pattern, as types and as read', () => {
  it('are strings', () => {
    const { type, names } = params('/users/:id/posts/:post_2')
    type.toEqualTypeOf<{ readonly id: string; readonly post_2: string }>()
    expect(names).toEqual(['id', 'post_2'])
  })

  it('may be none', () => {
    const { type, names } = params('/users')
    type.toEqualTypeOf<Readonly<unknown>>()
    expect(names).toEqual([])
  })

  it('end where no identifier goes on', () => {
    const { type, names } = params('/v:major.:minor-:patch@:tag')
    type.toEqualTypeOf<{
      readonly major: string
      readonly minor: string
      readonly patch: string
      readonly tag: string
    }>()
    expect(names).toEqual(['major', 'minor', 'patch', 'tag'])
  })

  it('are lists for wildcards', () => {
    const { type, names } = params('/files/*path')
    type.toEqualTypeOf<{ readonly path: string[] }>()
    expect(names).toEqual(['path'])
  })

  it('may be absent in groups, however deep', () => {
    const { type, names } = params('/:a{/:b{/*c}}/:d')
    type.toEqualTypeOf<{ readonly a: string; readonly b?: string; readonly c?: string[]; readonly d: string }>()
    expect(names).toEqual(['a', 'b', 'c', 'd'])
  })

  it('may have quoted names', () => {
    const { type, names } = params('/:"first name"/:"a\\"b"')
    type.toEqualTypeOf<{ readonly 'first name': string; readonly 'a"b': string }>()
    expect(names).toEqual(['first name', 'a"b'])
  })

  it('may have names beyond ASCII', () => {
    const { type, names } = params('/:名前/x')
    type.toEqualTypeOf<{ readonly 名前: string }>()
    expect(names).toEqual(['名前'])
  })

  it('are not made by escaped characters', () => {
    const { type, names } = params('/\\:a\\{/:b\\}')
    type.toEqualTypeOf<{ readonly b: string }>()
    expect(names).toEqual(['b'])
  })

  it('are unknown for a pattern that is', () => {
    expectTypeOf<ParamsOf<string>>().toEqualTypeOf<Readonly<Record<string, string | string[]>>>()
  })
})

describe('the argument of a view', () => {
  it('is inferred from the pattern', () => {
    get('/users/:id{/:rest}', (request) => {
      expectTypeOf(request).toEqualTypeOf<Request<{ readonly id: string; readonly rest?: string }>>()
      return ''
    })
    post('/users/:id', { name: 'user' }, async ({ params }) => {
      expectTypeOf(params.id).toEqualTypeOf<string>()
      // @ts-expect-error the pattern has no such parameter
      return [params.other]
    })
    // @ts-expect-error a view must return something
    get('/', () => {})
    // @ts-expect-error a view must not promise nothing
    get('/', async () => {})
  })
})

describe('urlFor', () => {
  const application = new Application([
    get('/', { name: 'home' }, () => ''),
    get('/unnamed/:x', () => ''),
    get('/users/:id{/:rest}', { name: 'user' }, () => ''),
    group('/api/:version', [
      get('/files/*path', { name: 'file' }, () => ''),
      group('/x', [get('/y', { name: 'deep' }, () => '')]),
    ]),
  ])

  it('takes the names and parameters of the list, and no others', () => {
    expect(application.urlFor('home')).toBe('/')
    expect(application.urlFor('user', { id: 7 })).toBe('/users/7')
    expect(application.urlFor('user', { id: '7', rest: 'x' })).toBe('/users/7/x')
    expect(application.urlFor('file', { version: 1, path: ['a', 'b'] })).toBe('/api/1/files/a/b')
    expect(application.urlFor('deep', { version: 2 })).toBe('/api/2/x/y')
    // @ts-expect-error no route has this name
    expect(() => application.urlFor('nobody')).toThrow(
      'no route has the name "nobody"; the names are home, user, file, deep',
    )
    // @ts-expect-error a parameter is missing
    expect(() => application.urlFor('user')).toThrow('route "user" ("/users/:id{/:rest}"): Missing parameters: id')
    // @ts-expect-error a wildcard takes a list
    expect(() => application.urlFor('file', { version: 1, path: 'a' })).toThrow('non-empty array')
  })

  it('takes any name where the list is not known to the compiler', () => {
    const entries: RouteEntry[] = [get('/a/:b', { name: 'ab' }, () => '')]
    expect(new Application(entries).urlFor('ab', { b: 'c' })).toBe('/a/c')
  })
})
