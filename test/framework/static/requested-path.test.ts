import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isName, requestedPath } from '../../../packages/framework/src/static/requested-path.ts'
import { staticEnviron } from './site-fixture.ts'

const ask = (target: string, wellKnown = false) => requestedPath(staticEnviron(target), wellKnown)

describe('the file a path names', () => {
  it.each([
    ['/static/a.txt', ['a.txt'], false],
    ['/static/a/b.txt', ['a', 'b.txt'], false],
    ['/static/a/', ['a'], true],
    ['/static/', [], true],
    ['/static', [], false],
    ['/static/./a/./b.txt', ['a', 'b.txt'], false],
    ['/static/a/.', ['a'], true],
    ['/static/%61.txt', ['a.txt'], false],
    ['/static/with%20space+plus.txt', ['with space+plus.txt'], false],
    ['/static/%E6%AF%95%E4%B8%9A.html', ['毕业.html'], false],
    ['/static/a%253Fb.txt', ['a%3Fb.txt'], false],
    ['/static/a..b/c..', ['a..b', 'c..'], false],
    ['/static/a.txt?../../x', ['a.txt'], false],
    ['http://localhost/static/a.txt', ['a.txt'], false],
  ])('%s', (target, names, isFolder) => {
    expect(ask(target)).toEqual({ names, isFolder })
  })

  it.each([
    ['a step up', '/static/..'],
    ['a step up', '/static/../static-secret/secret.txt'],
    ['a step up, escaped', '/static/%2e%2e/secret.txt'],
    ['a step up, half escaped', '/static/.%2E/secret.txt'],
    ['a step up in the middle', '/static/docs/../../secret.txt'],
    ['a step up that stays inside', '/static/docs/../hello.txt'],
    ['an escaped slash (S-01)', '/static/docs%2findex.html'],
    ['an escaped slash', '/static/..%2fsecret.txt'],
    ['an escaped slash', '/static/%2Fetc%2Fpasswd'],
    ['a backslash', '/static/..\\secret.txt'],
    ['an escaped backslash', '/static/..%5csecret.txt'],
    ['an escaped backslash', '/static/docs%5Cindex.html'],
    ['an empty name', '/static//etc/passwd'],
    ['an empty name', '/static/docs//index.html'],
    ['an overlong dot', '/static/%c0%ae%c0%ae/secret.txt'],
    ['an overlong slash', '/static/..%c0%afsecret.txt'],
    ['an overlong slash', '/static/..%e0%80%afsecret.txt'],
    ['octets that are not UTF-8', '/static/%ff.txt'],
    ['a surrogate in UTF-8', '/static/%ed%a0%80.txt'],
    ['a hidden file', '/static/.env'],
    ['a hidden file, escaped', '/static/%2eenv'],
    ['below a hidden folder', '/static/.git/config'],
    ['below a hidden folder', '/static/docs/.git/config'],
    ['three dots', '/static/.../secret.txt'],
    ['well-known, without the option', '/static/.well-known/security.txt'],
  ])('%s names nothing: %s', (_, target) => {
    expect(ask(target)).toBeUndefined()
  })

  it('is not decoded a second time (CVE-2021-41773)', () => {
    expect(ask('/static/%252e%252e/secret.txt')).toEqual({ names: ['%2e%2e', 'secret.txt'], isFolder: false })
    expect(ask('/static/%25%32%65%25%32%65/x')).toEqual({ names: ['%2e%2e', 'x'], isFolder: false })
  })

  it('is nothing with NUL in it, should a server let one through (S-04)', () => {
    const environ = staticEnviron('/static/a.txt')
    expect(requestedPath({ ...environ, PATH_INFO: '/a\0.txt' }, false)).toBeUndefined()
    const raw = { ...environ, PATH_INFO: '/a\0.txt', REQUEST_URI: '/static/a%00.txt' }
    expect(requestedPath(raw, false)).toBeUndefined()
  })

  it.each(['*', 'a.txt', '..', '../a.txt'])('is nothing when PATH_INFO is %j', (path) => {
    expect(requestedPath({ ...staticEnviron('/static/a'), PATH_INFO: path }, false)).toBeUndefined()
  })

  it('is what a middleware has made of PATH_INFO', () => {
    const environ = staticEnviron('/static/a%2Fb.txt')
    expect(requestedPath({ ...environ, PATH_INFO: '/other/c d.txt' }, false)).toEqual({
      names: ['other', 'c d.txt'],
      isFolder: false,
    })
    expect(requestedPath({ ...environ, PATH_INFO: '/../c' }, false)).toBeUndefined()
  })

  it('may be below .well-known, and only at the top, by option (RFC 8615)', () => {
    expect(ask('/static/.well-known/a', true)).toEqual({ names: ['.well-known', 'a'], isFolder: false })
    expect(ask('/static/.well-known/.env', true)).toBeUndefined()
    expect(ask('/static/docs/.well-known/a', true)).toBeUndefined()
    expect(ask('/static/.well-known2/a', true)).toBeUndefined()
    expect(ask('/static/.git/config', true)).toBeUndefined()
  })

  it('has nothing but plain, visible names, whatever is asked for', () => {
    const piece = fc.constantFrom(
      '.',
      '..',
      '/',
      '//',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '%c0%ae',
      '%25',
      'a',
      '%',
      '2e',
      '%ff',
      '\\',
      '~',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const target = `/static/${pieces.join('')}`
        const path = isWellFormed(target) ? ask(target) : undefined
        for (const name of path?.names ?? []) {
          expect(isName(name)).toBe(true)
          expect(name.startsWith('.')).toBe(false)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

/** What a server lets through. */
function isWellFormed(target: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(target)
}
