import { Application, get, host, mount, post, type RouteEntry, route } from '@tsgi/framework'
import fc from 'fast-check'
import { pathToRegexp } from 'path-to-regexp'
import { describe, expect, it } from 'vitest'

const gets = (...patterns: readonly string[]): RouteEntry[] => patterns.map((pattern) => get(pattern, () => ''))
const found = (entries: readonly RouteEntry[]) => new Application(entries).ambiguities

describe('ambiguities', () => {
  it('names both entries and a path that proves it', () => {
    expect(found(gets('/:a/x', '/y/:b'))).toEqual([
      { first: 'routes[0] (GET "/:a/x")', second: 'routes[1] (GET "/y/:b")', example: '/y/x' },
    ])
  })

  it.each([
    [['/:a/x', '/y/:b'], '/y/x'],
    [['/files/*path', '/:dir/readme'], '/files/readme'],
    [['/a-:b', '/:c.txt'], '/a-x.txt'],
    [['/:a/edit{/:x}', '/new/:b'], '/new/edit'],
    [['/a/*rest', '/:b/c/*more'], '/a/c/x'],
    [['/a%2F:b', '/:c.d'], '/a%2Fx.d'],
  ])('of %j is %s', (patterns, example) => {
    expect(found(gets(...patterns))).toMatchObject([{ example }])
  })

  it.each([
    ['the special one first, as it should be', ['/users/me', '/users/:id']],
    ['the same, with more behind it', ['/:a/b/c', '/:a/b/:c', '/:a/*rest']],
    ['text within a segment', ['/:file.json', '/:file.:ext', '/:any']],
    ['other texts', ['/:a/x', '/:b/y']],
    ['other lengths', ['/:a', '/:a/:b', '/x/:b/c']],
    ['a wildcard below', ['/a/b', '/a/*rest']],
    ['a wildcard that takes all', ['/:a/x', '/*rest']],
  ])('are none where one holds the other, or they never meet: %s', (_, patterns) => {
    expect(found(gets(...patterns))).toEqual([])
  })

  it('are none between entries that no request is for both of', () => {
    expect(found([get('/:a/x', () => ''), post('/y/:b', () => '')])).toEqual([])
    expect(found([host('a.test', gets('/:a/x')), host('b.test', gets('/y/:b'))])).toEqual([])
    expect(found([mount('/y', () => ''), ...gets('/:a/x')])).toEqual([])
  })

  it('are told for a method they share, and for a host that both answer', () => {
    expect(found([route(['PUT', 'POST'], '/:a/x', () => ''), post('/y/:b', () => '')])).toHaveLength(1)
    expect(found([['/:a/x', () => ''], ...gets('/y/:b')])).toHaveLength(1)
    expect(found([host('a.test', gets('/:a/x')), ...gets('/y/:b')])).toHaveLength(1)
  })

  const segment = fc.constantFrom('a', 'b', ':p', 'a-:p', ':p.b', '*p')
  const pattern = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((segments) => `/${segments.map((text, i) => text.replace('p', `p${i}`)).join('/')}`)

  it('are proved by path-to-regexp', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        try {
          for (const { example } of found(gets(a, b))) {
            expect(pathToRegexp(a, { trailing: false }).regexp.test(example)).toBe(true)
            expect(pathToRegexp(b, { trailing: false }).regexp.test(example)).toBe(true)
          }
        } catch (error) {
          if (!String(error).includes('RouteError')) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('of a long list are found in time that a person does not wait', () => {
    const patterns = Array.from({ length: 500 }, (_, i) => (i % 2 ? `/r${i}/:a/x` : `/r${i}/y/:b`))
    expect(found(gets(...patterns))).toEqual([])
  })
})
