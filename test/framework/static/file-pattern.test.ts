import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filePattern, perFile } from '../../../packages/framework/src/static/file-pattern.ts'

describe('file patterns', () => {
  it.each([
    ['*.css', ['a.css', 'x/y/a.css', '.css'], ['a.css.map', 'css', 'a.CSS']],
    ['*.{js,css}', ['a.js', 'x/a.css'], ['a.{js,css}', 'a.mjs', 'a.jscss']],
    ['*.{js,css}{,.map}', ['a.js', 'a.css.map'], ['a.map']],
    ['{*.js,app-*}', ['a.js', 'app-1'], ['app']],
    ['biye.html', ['biye.html', 'x/biye.html'], ['xbiye.html', 'biye_html']],
    ['assets/*', ['assets/a'], ['assets/a/b', 'x/assets/a', 'a']],
    ['/index.html', ['index.html'], ['x/index.html']],
    ['assets/**', ['assets/a', 'assets/a/b'], ['assets', 'x/assets/a']],
    ['**/old/*.html', ['old/a.html', 'x/y/old/a.html'], ['x/old/b/a.html', 'xold/a.html']],
    ['a?c', ['abc', 'a毕c', 'a😀c'], ['ac', 'abbc']],
    ['a+b(c)[d]^$|.x', ['a+b(c)[d]^$|.x'], ['aab(c)[d]^$|.x', 'a+b(c)[d]^$|_x']],
    ['a-b', ['a-b'], ['a_b']],
    ['*', ['a', 'x/a', ''], []],
  ])('%s', (pattern, matching, others) => {
    const matches = filePattern(pattern)
    for (const path of matching) expect(`${path} ${matches(path)}`).toBe(`${path} true`)
    for (const path of others) expect(`${path} ${matches(path)}`).toBe(`${path} false`)
  })

  it.each(['*.{js,css', '*.js}', '{a,{b,c}}', '{}'])('refuses %s in one line that names it', (pattern) => {
    expect(() => filePattern(pattern)).toThrow(/^bad file pattern ".*": .*; write "\{a,b\}", not nested$/)
  })

  it('takes every path for itself, if it has none of the signs', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[*?{}]/.test(text) && !text.startsWith('/'))
        expect(filePattern(text)(text)).toBe(true)
        expect(filePattern(text)(`${text}x`)).toBe(false)
      }),
    )
  })

  it('gives the value of the first match, in the order written, from a table or from pairs', () => {
    const pairs = [
      ['a.*', 'one'],
      ['*.js', 'two'],
    ] as const
    for (const option of [pairs, Object.fromEntries(pairs)]) {
      const find = perFile(option)
      expect(['a.js', 'b.js', 'b.css'].map(find)).toEqual(['one', 'two', undefined])
    }
  })
})
