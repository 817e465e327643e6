import { describe, expect, it } from 'vitest'
import { readOptions, type StaticOptions } from '../../../packages/framework/src/static/options.ts'

describe('the options of static files', () => {
  it.each<[StaticOptions, RegExp]>([
    [{ charset: 'utf 8' }, /^static: charset is "utf 8"; it must be a name such as "gbk"$/],
    [{ charset: { '*.html': 'x\r\ny' } }, /^static: charset is "x\\r\\ny"/],
    [{ types: { ts: 'text' } }, /^static: types is "text"/],
    [{ cacheControl: 'no-store\n' }, /^static: cacheControl is /],
    [{ cacheControl: [['*.{js', 'no-store']] }, /^bad file pattern "\*\.\{js"/],
    [{ maxAge: -1 }, /^static: maxAge is -1; it must be a whole number, 0 or more$/],
    [{ maxAge: 1.5 }, /^static: maxAge is 1.5/],
    [{ memory: Number.NaN }, /^static: memory is NaN/],
    [{ index: ['../index.html'] }, /^static: index has the name "\.\.\/index\.html"/],
    [{ fallback: '/index.html' }, /^static: fallback has the name ""/],
    [{ fallback: '../index.html' }, /^static: fallback has the name "\.\."/],
    ...Object.entries({
      index: /^static: index is string; it must be a list/,
      precompressed: /^static: precompressed is string; it must be a boolean$/,
      notFound: /^static: notFound is string; it must be a function$/,
    }).map(([name, message]): [StaticOptions, RegExp] => [{ [name]: 'x' }, message]),
    [
      JSON.parse('{ "cachecontrol": "no-store" }'),
      /^static: unknown option "cachecontrol"; there are charset, .*cacheControl/,
    ],
  ])('%j is refused in one line', (options, message) => {
    expect(() => readOptions(options)).toThrow(message)
  })

  it('ask the browser to ask, unless told how long a file may be kept', () => {
    expect(readOptions({}).cacheControlOf('a.js')).toBe('no-cache')
    expect(readOptions({ maxAge: 60 }).cacheControlOf('a.js')).toBe('public, max-age=60')
    const both = readOptions({ maxAge: 60, cacheControl: [['*.js', 'public, max-age=31536000, immutable']] })
    expect(both.cacheControlOf('a.js')).toBe('public, max-age=31536000, immutable')
    expect(both.cacheControlOf('a.css')).toBe('public, max-age=60')
  })
})
