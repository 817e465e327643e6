import { Application, type ApplicationOptions, get, group, host, type RouteEntry } from '@tsgi/framework'
import { describe, expect, it } from 'vitest'

// As from JavaScript, where no compiler has looked.
const optionsOf = (options: object) => options as ApplicationOptions
const listOf = (value: unknown) => value as readonly RouteEntry[]

describe('the options of an application', () => {
  it.each([
    [{ statics: './x' }, 'options: unknown option "statics"; there are static, caseSensitive, '],
    [{ toString: 1 }, 'options: unknown option "toString"'],
    [{ caseSensitive: 'no' }, 'options: caseSensitive is no; it must be true or false'],
    [{ trailingSlash: 'yes' }, 'options: trailingSlash is yes; it must be strict or optional'],
    [{ onAmbiguity: 'strict' }, 'options: onAmbiguity is strict; it must be refuse or warn or allow'],
    [{ check: 1 }, 'options: check is 1; it must be true or false'],
    [{ bodyLimit: '1mb' }, 'options: bodyLimit is 1mb; it must be a whole number of bytes, 0 or more'],
    [{ middleware: {} }, 'options: middleware is object, not a list'],
    [{ onError: 'page' }, 'options: onError is string, not a function'],
    [{ notFound: null }, 'options: notFound is object, not a function'],
    [{ errorPage: true }, 'options: errorPage is boolean, not a function'],
  ])('are refused in one line each: %j', (options, message) => {
    expect(() => new Application([], optionsOf(options))).toThrow(message)
  })

  it('may be undefined', () => {
    expect(
      () => new Application([], optionsOf({ static: undefined, onError: undefined, check: undefined })),
    ).not.toThrow()
  })
})

describe('a route list', () => {
  const message = 'give a list of get(…), post(…), mount(…) and the rest'
  it.each([
    ['undefined', undefined, `routes: the list is undefined; ${message}`],
    ['an object', {}, `routes: the list is object; ${message}`],
    ['a group without one', [group('/a', listOf(undefined))], `routes[0]: the list is undefined; ${message}`],
    ['a host without one', [host('a.test', listOf(null))], `routes[0]: the list is null; ${message}`],
    [
      'a route without a view',
      [(get as unknown as (pattern: string) => RouteEntry)('/a')],
      'routes[0]: its view is undefined, not a function',
    ],
  ])('that is %s is refused', (_, list, text) => {
    expect(() => new Application(listOf(list))).toThrow(text)
  })
})
