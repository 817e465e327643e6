import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { match as oracleFor } from 'path-to-regexp'
import { describe, expect, it } from 'vitest'
import { canonicalPath, canonicalText } from '../../../packages/framework/src/http/canonical-path.ts'
import { PatternError, readPattern } from '../../../packages/framework/src/routing/path-pattern.ts'
import type { MatchRules } from '../../../packages/framework/src/routing/pattern-steps.ts'
import { type IndexEntry, RouteIndex } from '../../../packages/framework/src/routing/route-index.ts'
import { Router } from '../../../packages/framework/src/routing/router.ts'

const strict: MatchRules = { caseSensitive: true, trailingSlash: 'strict' }

interface Row {
  readonly pattern: string
  readonly methods: readonly string[] | undefined
}

function entriesOf<T>(rows: readonly T[], patternOf: (row: T) => string, mounted: (row: T) => boolean = () => false) {
  const entries: Array<IndexEntry<T>> = []
  for (const row of rows) {
    for (const alternative of readPattern(patternOf(row)).alternatives) {
      entries.push({ alternative, order: entries.length, mount: mounted(row), value: row })
    }
  }
  return entries
}

function routerOf(list: readonly string[], rules = strict): Router<Row> {
  const rows = list.map((line): Row => {
    const [methods = '', pattern = ''] = line.split(' ')
    return { pattern, methods: methods === '*' ? undefined : methods.split(',') }
  })
  return new Router(
    entriesOf(rows, (row) => row.pattern),
    rules,
  )
}

function oracleOptions({ caseSensitive, trailingSlash }: MatchRules) {
  return { sensitive: caseSensitive, trailing: trailingSlash === 'optional', end: true, encodePath: canonicalText }
}

/** Parameters are compared, not what they inherit. */
function bare(params: object | string) {
  return typeof params === 'object' ? { ...params } : params
}

/** What a scan with path-to-regexp says, in the words of the index. */
function scan(patterns: readonly string[], path: string, rules: MatchRules) {
  for (const pattern of patterns) {
    const result = oracleFor(pattern, oracleOptions(rules))(path)
    if (result !== false) return { pattern, params: { ...result.params } }
  }
  return undefined
}

function findIn(patterns: readonly string[], path: string, rules: MatchRules) {
  const found = new RouteIndex(
    entriesOf(patterns, (pattern) => pattern),
    rules,
  ).find(path)
  return found && { pattern: found.value, params: { ...found.params } }
}

/** A decode that fails is an answer too, the same one on both sides. */
function attempt<T>(run: () => T): T | 'URIError' {
  try {
    return run()
  } catch (error) {
    if (error instanceof URIError) return 'URIError'
    throw error
  }
}

const text = fc.constantFrom('a', 'b', 'ab', 'x', '-', '.', '--', '.a', 'v', 'A', '%2F', 'é', 'a.b', '@')
const slash = fc.constant('/')
const name = fc.constantFrom(':a', ':b', ':c', ':d', '*e', '*f', ':"g h"')
const plain = fc.array(
  fc.oneof({ weight: 3, arbitrary: slash }, { weight: 3, arbitrary: text }, { weight: 3, arbitrary: name }),
  {
    minLength: 1,
    maxLength: 6,
  },
)
const group = plain.map((parts) => `{${parts.join('')}}`)
const nested = fc.tuple(plain, group, plain).map(([a, b, c]) => `{${a.join('')}${b}${c.join('')}}`)
const pattern = fc
  .array(fc.oneof({ weight: 6, arbitrary: plain.map((p) => p.join('')) }, { weight: 2, arbitrary: group }, nested), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => `/${parts.join('')}`)
  .filter(isPattern)
const piece = fc.constantFrom(
  'a',
  'b',
  'ab',
  'x',
  '-',
  '.',
  'v',
  'A',
  '/',
  '/',
  '/',
  '%2F',
  '%C3%A9',
  '%C3%A9',
  '%20',
  '%FF',
  '@',
  'a.b',
  '--',
)
const path = fc.array(piece, { maxLength: 9 }).map((parts) => `/${parts.join('')}`)

function isPattern(source: string): boolean {
  try {
    readPattern(source)
    return true
  } catch (error) {
    if (error instanceof PatternError) return false
    throw error
  }
}

/** How many pairs of pattern and path; more of them for a long run. */
const PAIRS = Number(process.env.TSGI_PATTERN_PAIRS ?? 100_000)

describe('the index agrees with a scan over match() of path-to-regexp', () => {
  const rules = fc.constantFrom<MatchRules>(
    strict,
    strict,
    { caseSensitive: false, trailingSlash: 'strict' },
    { caseSensitive: true, trailingSlash: 'optional' },
    { caseSensitive: false, trailingSlash: 'optional' },
  )

  it('for one pattern and one path', () => {
    const paths = fc.array(path, { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(pattern, paths, rules, (pattern, paths, rules) => {
        const index = new RouteIndex(entriesOf([pattern], String), rules)
        const oracle = oracleFor(pattern, oracleOptions(rules))
        for (const path of paths) {
          const ours = attempt(() => index.find(path)?.params)
          const theirs = attempt(() => oracle(path) || undefined)
          const params = typeof theirs === 'object' ? theirs.params : theirs
          if (!isDeepStrictEqual(ours && bare(ours), params && bare(params))) expect(ours, path).toEqual(params)
        }
      }),
      { numRuns: PAIRS / 5 },
    )
  }, 240_000)

  it('for lists of patterns, of which the first that matches wins', () => {
    const paths = fc.array(path, { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 2, maxLength: 12 }), paths, rules, (patterns, paths, rules) => {
        for (const path of paths) {
          expect(attempt(() => findIn(patterns, path, rules))).toEqual(attempt(() => scan(patterns, path, rules)))
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it.each([
    ['/:file.:ext', '/a.b.c'],
    ['/:file.json', '/a.json.json'],
    ['/v:major.:minor', '/v1.2.3'],
    ['/v:major.:minor', '/v.1.2'],
    ['/:a-:b-:c', '/x--y-z'],
    ['/:a--:b', '/----x'],
    ['/*path.:ext', '/a/b.c/d.e'],
    ['/*path/end', '/a/end/b/end'],
    ['/*a/x/*b', '/p/x/q/x/r'],
    ['/*a/:b/*c', '//x//'],
    ['/a{/:b}{/:c}', '/a/x'],
    ['/a{/:b{/:c}}', '/a/x/y'],
    ['{/:locale}/x', '/x/x'],
    ['/a{b}:c', '/abb'],
    ['/:a/', '/x/'],
    ['//', '//'],
    ['/a//:b', '/a//x'],
    ['*rest', '/'],
    ['/*rest', '/'],
    ['/*rest', '/a//b%2Fc'],
    ['/:"a b"', '/%E4%BD%A0'],
    ['/你好/:x', '/%E4%BD%A0%E5%A5%BD/1'],
    ['/\\:a', '/:a'],
    ['/:__proto__/:constructor', '/a/b'],
  ])('for %j and %j', (pattern, path) => {
    expect(findIn([pattern], path, strict)).toEqual(scan([pattern], path, strict))
  })
})

describe('the router', () => {
  it('takes the first entry in the list, however special a later one is', () => {
    const router = routerOf(['GET /:a/b', 'GET /a/:b', 'GET /x'])
    expect(router.match('GET', '/a/b')).toMatchObject({
      kind: 'found',
      value: { pattern: '/:a/b' },
      params: { a: 'a' },
    })
    expect(router.match('GET', '/a/c')).toMatchObject({ value: { pattern: '/a/:b' } })
  })

  it('lets a later entry with the right method come before the 405 of an earlier one', () => {
    const router = routerOf(['POST /a', 'GET /:x'])
    expect(router.match('GET', '/a')).toMatchObject({ kind: 'found', value: { pattern: '/:x' } })
  })

  it('answers HEAD by a route for GET (RFC 9110 §9.3.2), and by one for HEAD that stands before it', () => {
    const router = routerOf(['HEAD /a', 'GET /a', 'GET /b'])
    expect(router.match('HEAD', '/a')).toMatchObject({ value: { methods: ['HEAD'] } })
    expect(router.match('HEAD', '/b')).toMatchObject({ value: { methods: ['GET'] } })
  })

  it('names the methods of a path for 405 (RFC 9110 §15.5.6)', () => {
    const router = routerOf(['GET /a', 'POST /a', 'DELETE /:x', 'PUT /b'])
    expect(router.match('PATCH', '/a')).toEqual({
      kind: 'methodNotAllowed',
      allow: ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'],
    })
    expect(router.match('BREW', '/a')).toMatchObject({ kind: 'methodNotAllowed' })
    expect(router.match('BREW', '/nowhere/at/all')).toEqual({ kind: 'notFound' })
  })

  it('gives an entry for every method whatever method there is', () => {
    const router = routerOf(['GET /a', '* /:any'])
    for (const method of ['GET', 'BREW', 'OPTIONS', 'HEAD']) {
      expect(router.match(method, '/b')).toMatchObject({ kind: 'found', value: { pattern: '/:any' } })
    }
  })

  it('keeps the path of a route from an entry for every method behind it, but for GET and HEAD', () => {
    const behind = routerOf(['GET /a', 'POST /a', 'POST /b', '* /*rest'])
    for (const method of ['PUT', 'OPTIONS', 'BREW']) {
      expect(behind.match(method, '/a')).toEqual({
        kind: 'methodNotAllowed',
        allow: ['GET', 'HEAD', 'POST', 'OPTIONS'],
      })
      // GET of it is served by the other entry, so it is allowed.
      expect(behind.match(method, '/b')).toEqual({
        kind: 'methodNotAllowed',
        allow: ['GET', 'HEAD', 'POST', 'OPTIONS'],
      })
      expect(behind.match(method, '/c')).toMatchObject({ kind: 'found', value: { pattern: '/*rest' } })
    }
    for (const method of ['GET', 'HEAD']) expect(behind.match(method, '/b')).toMatchObject({ kind: 'found' })
    const before = routerOf(['* /a', 'POST /:x', '* /*rest'])
    expect(before.match('PUT', '/a')).toMatchObject({ kind: 'found', value: { pattern: '/a' } })
    expect(before.match('PUT', '/b')).toMatchObject({ kind: 'methodNotAllowed' })
  })

  it.each(['/%FF', '/%C3', '/%ED%A0%80'])('answers 400 for %s: escapes of a parameter that are not UTF-8', (path) => {
    expect(routerOf(['GET /:a']).match('GET', path)).toEqual({ kind: 'badRequest' })
  })

  it('keeps an escaped slash inside its segment, and decodes once', () => {
    const router = routerOf(['GET /:a', 'GET /:a/:b'])
    expect(router.match('GET', '/a%2Fb')).toMatchObject({ params: { a: 'a/b' } })
    expect(router.match('GET', '/%2525')).toMatchObject({ params: { a: '%25' } })
  })

  it('gives parameters without a prototype', () => {
    const match = routerOf(['GET /:__proto__/:toString']).match('GET', '/x/y')
    const params = match.kind === 'found' ? match.params : {}
    expect(Object.keys(params)).toEqual(['__proto__', 'toString'])
    expect(Reflect.get(params, 'constructor')).toBeUndefined()
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it('compares text beyond ASCII by its escaped form, also if a path comes unescaped', () => {
    const router = routerOf(['GET /毕业', 'GET /:other'])
    for (const path of ['/毕业', '/%E6%AF%95%E4%B8%9A', '/%e6%af%95业']) {
      expect(router.match('GET', canonicalPath(path) ?? '')).toMatchObject({ value: { pattern: '/毕业' } })
    }
    expect(router.match('GET', '/毕业')).toMatchObject({ value: { pattern: '/毕业' } })
  })

  it('ignores case in ASCII only, and gives parameters as they were sent', () => {
    const router = routerOf(['GET /Users/:id'], { caseSensitive: false, trailingSlash: 'strict' })
    expect(router.match('GET', '/uSERS/AbC')).toMatchObject({ params: { id: 'AbC' } })
    expect(router.match('GET', '/u\u017Fers/AbC')).toMatchObject({ kind: 'notFound' })
  })

  it('takes a prefix of whole segments for a mount, and says which', () => {
    const rows = ['/admin', '/t/:tenant', ''].map((pattern) => ({ pattern, methods: undefined }))
    const router = new Router(
      entriesOf(
        rows,
        (row) => row.pattern,
        () => true,
      ),
      strict,
    )
    expect(router.match('GET', '/admin')).toMatchObject({ value: { pattern: '/admin' }, prefix: '/admin' })
    expect(router.match('GET', '/admin/x')).toMatchObject({ value: { pattern: '/admin' }, prefix: '/admin' })
    expect(router.match('GET', '/administrator')).toMatchObject({ value: { pattern: '' }, prefix: '' })
    expect(router.match('GET', '/t/a%2Fb/x')).toMatchObject({ prefix: '/t/a%2Fb', params: { tenant: 'a/b' } })
  })
})

describe('a long path', () => {
  const patterns = [
    '/*a/:b/*c/x',
    '/*a-:b-:c',
    '/:a-:b-:c-:d',
    '/*p/:q.json',
    '/*a.b/*c.d/*e',
    '{/:a}{/:b}{/:c}{/:d}/end',
  ]
  const router = routerOf(patterns.map((pattern) => `GET ${pattern}`))

  // 64 times what a request line may have: a step that is quadratic would need 10^12 characters, and not end in time.
  it.each(['a', '/', '-', '/a', 'a-', 'a.b/', '.json/', '/a.b-', '.d/a.b'])(
    'of 1 MiB of %j is answered in linear time',
    (unit) => {
      const path = `/${unit.repeat(2 ** 20 / unit.length)}`
      expect(['found', 'notFound']).toContain(router.match('GET', path).kind)
    },
  )
})
