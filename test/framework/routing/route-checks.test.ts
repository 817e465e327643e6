import type { Application as ContractApplication } from '@tsgi/contract'
import {
  Application,
  type ApplicationOptions,
  get,
  group,
  head,
  mount,
  post,
  type RouteEntry,
  RouteError,
  type RouteOptions,
  route,
} from '@tsgi/framework'
import fc from 'fast-check'
import { match } from 'path-to-regexp'
import { describe, expect, it } from 'vitest'

const view = () => ''
const callable: ContractApplication = () => ''

function problemsOf(entries: readonly RouteEntry[], options?: ApplicationOptions): readonly string[] {
  try {
    new Application(entries, { onAmbiguity: 'allow', ...options })
    return []
  } catch (error) {
    if (error instanceof RouteError) return error.problems
    throw error
  }
}

describe('a route that is never reached names what comes before it', () => {
  it.each<[string, readonly RouteEntry[], string]>([
    ['a literal after a parameter', [get('/users/:id', view), get('/users/new', view)], 'routes[0] (GET "/users/:id")'],
    ['a parameter after a parameter', [get('/:a/:b', view), get('/x/:c', view)], 'routes[0]'],
    ['anything after a wildcard', [get('/files/*rest', view), get('/files/:a/b', view)], 'routes[0]'],
    ['a wildcard after a wildcard', [get('/*rest', view), get('/a/*more', view)], 'routes[0]'],
    ['a longer wildcard pattern', [get('/*rest', view), get('/a/*more/end', view)], 'routes[0]'],
    ['anything below a mount', [mount('/admin', callable), get('/admin/x', view)], 'routes[0] (mount "/admin")'],
    ['the mount point itself', [mount('/admin', callable), get('/admin', view)], 'routes[0]'],
    ['a mount below a mount', [mount('/a', callable), mount('/a/b', callable)], 'routes[0]'],
    ['a bare entry after a mount', [mount('/', callable), ['/x', callable]], 'routes[0]'],
    ['a view after a bare entry', [['/:a', callable], post('/x', view)], 'routes[0] (callable "/:a")'],
    ['HEAD after GET', [get('/x', view), head('/x', view)], 'routes[0]'],
    ['a literal after text and a parameter', [get('/:file.json', view), get('/a.json', view)], 'routes[0]'],
    [
      'all ways of an optional part',
      [get('/x', view), get('/x/:a', view), get('/x{/b}', view)],
      'routes[1] (GET "/x/:a") and routes[0]',
    ],
    [
      'each method by another',
      [get('/:a', view), post('/:b', view), route(['GET', 'POST'], '/x', view)],
      'routes[0] (GET "/:a") and routes[1]',
    ],
  ])('%s', (_, entries, earlier) => {
    const problems = problemsOf(entries)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`routes[${entries.length - 1}] (`)
    expect(problems[0]).toContain(`is never reached: ${earlier}`)
    expect(problems[0]).toContain('move it before, or remove it')
  })

  it('by the rules of the application', () => {
    const entries = [get('/Users', view), get('/users', view), get('/x/:a', view), get('/X/b', view)]
    expect(problemsOf(entries)).toEqual([])
    expect(problemsOf(entries, { caseSensitive: false })).toHaveLength(2)
  })
})

describe('nothing is said of a route that something is left for', () => {
  it.each<[string, readonly RouteEntry[]]>([
    ['another method', [get('/a', view), post('/a', view)]],
    ['one more method', [get('/a', view), route(['GET', 'POST'], '/:x', view)]],
    ['GET beside a bare entry', [post('/a', view), ['/a', callable]]],
    ['a path beside a parameter in a segment', [get('/v:a.:b', view), get('/:c', view)]],
    ['a segment that may be empty', [get('/:a/:b', view), get('/x/', view)]],
    ['the path before a wildcard', [get('/a/*rest', view), get('/a', view), get('/a/', view)]],
    ['a whole segment beside a mount', [mount('/admin', callable), get('/administrator', view)]],
    ['an optional part', [get('/x', view), get('/x{/y}', view)]],
    ['a wildcard and a parameter', [get('/:a', view), get('/*b', view)]],
    ['HEAD before GET', [head('/x', view), get('/x', view)]],
  ])('%s', (_, entries) => {
    expect(problemsOf(entries)).toEqual([])
  })

  it('as far as random lists show: a path that only the accused matches would acquit it', () => {
    const part = fc.constantFrom('/a', '/b', '/:p', '/:q', '/v:r', '/:s.b', '/*t', '{/a}', '{/:u}', '/')
    const pattern = fc.uniqueArray(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    const path = fc.array(fc.constantFrom('/a', '/b', '/v1', '/x.b', '/', '/zz'), { minLength: 1, maxLength: 5 })
    const paths = fc.array(
      path.map((parts) => parts.join('')),
      { minLength: 40, maxLength: 40 },
    )
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 2, maxLength: 5 }), paths, (patterns, paths) => {
        const problems = problemsOf(patterns.map((pattern) => get(pattern, view)))
        const accused = problems
          .filter((line) => /is never reached|repeats/.test(line))
          .map((line) => Number(/\d+/.exec(line)?.[0]))
        const scans = patterns.map((pattern) => attempt(pattern))
        for (const at of accused) {
          for (const path of paths) {
            if (scans[at]?.(path)) expect(scans.slice(0, at).some((scan) => scan?.(path))).toBe(true)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
})

function attempt(pattern: string) {
  try {
    return match(pattern, { sensitive: true, trailing: false })
  } catch {
    return undefined
  }
}

describe('a route that comes twice', () => {
  it.each<[string, readonly RouteEntry[], string]>([
    [
      'the same',
      [get('/a/:b', view), get('/a/:c', view)],
      'routes[1] (GET "/a/:c") repeats routes[0] (GET "/a/:b") for GET; remove one of them',
    ],
    [
      'some methods',
      [route(['GET', 'PUT'], '/a', view), route(['PUT', 'POST'], '/a', view)],
      'repeats routes[0] (GET, PUT "/a") for PUT',
    ],
    [
      'in a group',
      [get('/api/x', view), group('/api', [get('/x', view)])],
      'routes[1][0] (GET "/api/x") repeats routes[0]',
    ],
    [
      'two bare entries',
      [
        ['/a', callable],
        ['/a', callable],
      ],
      'routes[1] (callable "/a") repeats routes[0] (callable "/a"); remove',
    ],
    [
      'two mounts',
      [mount('/a', callable), mount('/a', callable)],
      'routes[1] (mount "/a") repeats routes[0] (mount "/a")',
    ],
  ])('is named with the other: %s', (_, entries, message) => {
    const problems = problemsOf(entries)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(message)
  })

  it('is an error for a name too', () => {
    const problems = problemsOf([get('/a', { name: 'x' }, view), get('/b', { name: 'x' }, view)])
    expect(problems).toEqual(['routes[1] (GET "/b") has the name "x" of routes[0] (GET "/a"); give each its own name'])
  })
})

describe('an entry that cannot be used is named, with the way out', () => {
  it.each<[RouteEntry, string]>([
    [
      get('/:a:b', view),
      'routes[0]: bad pattern "/:a:b": no text before the parameter "b" at position 3; put text between two parameters',
    ],
    [get('/a(b)', view), 'bad pattern "/a(b)": unexpected ( at position 2; put "\\\\" before a character'],
    [get('/a?', view), 'unexpected ? at position 2; write an optional part as "{/:id}"'],
    [get('/:', view), 'missing parameter name at position 2'],
    [get('/*', view), 'missing parameter name at position 2; write ":name" or "*name"'],
    [get('/{a', view), 'unexpected end, expected } at position 3; close the group with "}"'],
    [get('/:a/:a', view), 'a second parameter called "a" at position 4; give each its own name'],
    [get('/:"a', view), 'unterminated quote'],
    [get(`/${'{a}'.repeat(9)}`, view), 'more than 256 alternatives; split the pattern'],
    [get('users', view), 'the pattern "users" matches nothing: every path begins with "/"; write "/users"'],
    [['users', callable], 'write "/users"'],
    [mount('/admin/', callable), 'the prefix "/admin/" ends with "/"; write "/admin"'],
    [mount('/a/*rest', callable), 'has a wildcard'],
    [mount('admin', callable), 'write "/admin"'],
    [route('get', '/x', view), '"get" is not a method; methods are written in capitals'],
    [route([], '/x', view), 'no method; name at least one'],
    // What the types refuse, JavaScript still may pass.
    [get('/x', 'no view' as unknown as typeof view), 'its view is string, not a function'],
    [['/x', undefined as unknown as ContractApplication], 'its callable is undefined, not a function'],
    ['/x' as unknown as RouteEntry, 'not a route; write get(…)'],
    [null as unknown as RouteEntry, 'not a route'],
    [get(undefined as unknown as string, view), 'its pattern is undefined, not a string'],
    [group(7 as unknown as string, []), 'its prefix is number, not a string'],
    [get('/x', null as unknown as RouteOptions, view), 'its options are null, not an object'],
    [get('/x', { name: 7 } as unknown as RouteOptions, view), 'its name is number, not a string'],
  ])('%j', (entry, message) => {
    const problems = problemsOf([entry])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^routes\[0\]: /)
    expect(problems[0]).toContain(message)
  })
})

it('a slash at both sides of a joint is a slip', () => {
  const inner = group('/v1/', [get('/x', view)])
  expect(problemsOf([group('/api', [inner])])).toEqual([
    'routes[0][0][0]: the prefix "/api/v1/" ends with "/" and the pattern begins with it; end the prefix without',
  ])
})

it('all problems are told at once', () => {
  const make = () => new Application([get('/:a', view), get('/b', view), get('/(', view), get('/:c', view)])
  expect(make).toThrow(RouteError)
  expect(make).toThrow(/^3 problems in the route list\n {2}routes\[2\]: bad pattern/)
})

it('a list of 2,500 routes with as many slips is told of briefly', () => {
  const entries = Array.from({ length: 2500 }, () => get('/same', view))
  expect(problemsOf(entries)).toHaveLength(2499)
  expect(() => new Application(entries)).toThrow('… and 2479 more')
})
