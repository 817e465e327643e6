import { Application, get, host, mount, post, type RouteEntry, route } from '@tsgi/framework'
import fc from 'fast-check'
import { pathToRegexp } from 'path-to-regexp'
import { afterEach, describe, expect, it, vi } from 'vitest'

const gets = (...patterns: readonly string[]): RouteEntry[] => patterns.map((pattern) => get(pattern, () => ''))
const found = (entries: readonly RouteEntry[]) => new Application(entries, { onAmbiguity: 'allow' }).ambiguities

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

  it('are settled by a route before both that answers what they share', () => {
    expect(found(gets('/y/x', '/:a/x', '/y/:b'))).toEqual([])
    expect(found(gets('/y-:a/x/:b', '/:a/x/:b', '/y-:c/:d/:e'))).toEqual([])
    expect(found([post('/y/x', () => ''), ...gets('/:a/x', '/y/:b')])).toHaveLength(1)
    expect(found([host('a.test', gets('/y/x')), ...gets('/:a/x', '/y/:b')])).toHaveLength(1)
  })

  it('are found whatever the case, where that does not count', () => {
    const list = gets('/:a/X', '/y/:b', '/:c/x/z', '/Y/:d/:e')
    const { ambiguities } = new Application(list, { caseSensitive: false, onAmbiguity: 'allow' })
    expect(ambiguities.map(({ example }) => example)).toEqual(['/y/x', '/y/x/z'])
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

  it('of a list are those of its pairs, less what is settled', () => {
    const safely = (patterns: readonly string[]) => {
      try {
        return found(gets(...patterns))
      } catch {
        return undefined
      }
    }
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 3, maxLength: 6 }), (patterns) => {
        const all = safely(patterns)
        if (all === undefined) return
        const [head = '', ...tail] = patterns
        const pairs = tail.flatMap((second) => safely([head, second]) ?? [])
        // Nothing stands before the first, so nothing settles what it shares with others.
        expect(all.filter(({ first }) => first.startsWith('routes[0]')).map(({ example }) => example)).toEqual(
          pairs.map(({ example }) => example),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('of a long list are found in time that a person does not wait', () => {
    const patterns = Array.from({ length: 500 }, (_, i) => (i % 2 ? `/r${i}/:a/x` : `/r${i}/y/:b`))
    expect(found(gets(...patterns))).toEqual([])
  })
})

describe('construction reports them', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })
  const entries = gets('/:a/x', '/y/:b')
  const line =
    'routes[1] (GET "/y/:b") overlaps routes[0] (GET "/:a/x"): both match "/y/x", and the first answers; put a route for what both match before them, or say onAmbiguity: \'allow\''

  it('as lines on the console, naming both', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    new Application(entries)
    expect(warn.mock.calls).toEqual([[line]])
  })

  it('not in production, and not where they are allowed', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    new Application(entries, { onAmbiguity: 'allow' })
    vi.stubEnv('NODE_ENV', 'production')
    new Application(entries)
    expect(warn).not.toHaveBeenCalled()
    new Application(entries, { onAmbiguity: 'warn' })
    expect(warn).toHaveBeenCalledOnce()
  })

  it('as errors, where they are refused', () => {
    expect(() => new Application(entries, { onAmbiguity: 'refuse' })).toThrow(line)
    expect(() => new Application(gets('/y/x', '/:a/x', '/y/:b'), { onAmbiguity: 'refuse' })).not.toThrow()
  })

  it('not beside what is certainly wrong', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    expect(() => new Application([...entries, ...gets('/y/:c')])).toThrow(/repeats/)
    expect(warn).not.toHaveBeenCalled()
  })
})
