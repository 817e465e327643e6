import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalPath,
  canonicalText,
  decodePath,
  encodePath,
} from '../../../packages/framework/src/http/canonical-path.ts'
import { rawPath, rawScriptName } from '../../../packages/framework/src/http/raw-path.ts'

const at = (target: string, changes: Record<string, string> = {}) => rawPath(Object.assign(environFor(target), changes))

describe('the raw name of a mount', () => {
  it.each([
    ['/m/a%2Fb', '/m', '/a/b', '/m'],
    ['/t%2Fm/in/x', '/t/m/in', '/x', '/t%2Fm/in'],
    ['/t%2fm?a%zz', '/t/m', '', '/t%2Fm'],
    ['/m%20n/x', '/m n', '/x', '/m%20n'],
    ['/x%2Fy', '', '/x/y', ''],
    ['/t%2Fm/in/x', '/other é', '/x', '/other%20%C3%A9'],
    ['/t%2/x', '/t/m', '/x', '/t/m'],
  ])('of %s is what was sent for SCRIPT_NAME %j before PATH_INFO %j', (target, SCRIPT_NAME, PATH_INFO, name) => {
    const environ = { ...environFor('/'), REQUEST_URI: target, SCRIPT_NAME, PATH_INFO }
    expect(rawScriptName(environ)).toBe(name)
  })
})

describe('the raw path', () => {
  it.each([
    ['/', '/'],
    ['/a/b?x', '/a/b'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a?b=%2F', '/a'],
    ['/a?b=%zz', '/a'],
    ['http://h%41/a?b=%2F', '/a'],
    ['/%61%2f%7E', '/a%2F~'],
    ['http://host:80/a%20b?c', '/a%20b'],
    ['http://host/a', '/a'],
    ['/a//b%20/', '/a//b%20/'],
    ['/%FF', '/%FF'],
  ])('of %s is %s', (target, path) => {
    expect(at(target)).toBe(path)
  })

  it.each([
    ['/m/a%2Fb', '/m', '/a/b', '/a%2Fb'],
    ['/m%2Fn/a%20b', '/m/n', '/a b', '/a%20b'],
    ['/%E4%BD%A0/x%25', '/你', '/x%', '/x%25'],
    ['/m%20n', '/m n', '', '/'],
    ['http://h/m/a%2Fb', '/m', '/a/b', '/a%2Fb'],
  ])('of %s under %s is what is left', (target, SCRIPT_NAME, PATH_INFO, path) => {
    expect(at(target, { SCRIPT_NAME, PATH_INFO })).toBe(path)
  })

  it.each([
    ['/old%20path', '', '/new', '/new'],
    ['/old', '', '/100%', '/100%25'],
    ['/old', '', '/a%2Fb', '/a%252Fb'],
    ['/a%2Fb/c', '/a', '/b/c', '/b/c'],
    ['/x%20y', '/other', '/x y', '/x%20y'],
    ['/old%20', '', '/é?#', '/%C3%A9%3F%23'],
    ['/old%20', '', '/\ud800', '/%EF%BF%BD'],
  ])(
    'of %s, where SCRIPT_NAME %j and PATH_INFO %j say otherwise, is PATH_INFO encoded',
    (target, SCRIPT_NAME, PATH_INFO, path) => {
      expect(at(target, { SCRIPT_NAME, PATH_INFO })).toBe(path)
    },
  )

  it.each(['/%', '/%z1', '/a%2', '/%%41'])('of %s is none: it is malformed', (target) => {
    expect(rawPath({ ...environFor('/'), REQUEST_URI: target, PATH_INFO: target })).toBeUndefined()
  })

  it('splits any path at any segment', () => {
    const segment = fc.oneof(
      fc.constantFrom('', 'a', '%2F', '%E4%BD%A0', '%FF', '%C3%28'),
      fc.string().map(encodeSegment),
    )
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), fc.array(segment), (prefix, rest) => {
        fc.pre(prefix.at(-1) !== '')
        const own = rest.map((part) => `/${part}`).join('')
        const script = prefix.map((part) => `/${part}`).join('')
        const environ = {
          ...environFor('/'),
          REQUEST_URI: script + own,
          SCRIPT_NAME: decodePath(script),
          PATH_INFO: decodePath(own),
        }
        expect(canonicalPath(rawPath(environ) ?? '')).toBe(canonicalPath(own === '' ? '/' : own))
      }),
      { numRuns: 5000 },
    )
  })
})

describe('the canonical spelling (RFC 3986 §6.2.2)', () => {
  it('unescapes what needs no escape, and escapes what does', () => {
    expect(canonicalPath('/%41%7e%2f%3a|é"')).toBe('/A~%2F%3A%7C%C3%A9%22')
    expect(canonicalText('/100% [a]?')).toBe('/100%25%20%5Ba%5D%3F')
    expect(encodePath('/100%25')).toBe('/100%2525')
  })

  it('is its own canonical spelling, and says the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (decoded) => {
        const path = `/${encodePath(decoded)}`
        expect(canonicalPath(path)).toBe(path)
        expect(decodePath(path)).toBe(`/${decoded.toWellFormed()}`)
        expect(canonicalText(path)).toBe(path)
      }),
      { numRuns: 5000 },
    )
  })
})

function encodeSegment(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
