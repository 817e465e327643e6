/**
 * Taking a mount off the raw target: whatever the path, the rest is the octets that were sent.
 */
import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mountedTarget } from '../../../packages/server/src/guests/mounted-target.ts'

const segment = fc.array(fc.constantFrom('a', '%2F', '%C3%A9', '%ff', '+', '%25', '.', 'B'), {
  minLength: 1,
  maxLength: 4,
})

it('leaves the raw rest of every path', () => {
  const path = fc.array(
    segment.map((parts) => `/${parts.join('')}`),
    { minLength: 1, maxLength: 3 },
  )
  fc.assert(
    fc.property(path, path, fc.constantFrom('', '?', '?a=/b/c'), (base, rest, query) => {
      const target = base.join('') + rest.join('') + query
      const script = environFor(base.join('')).PATH_INFO
      const environ = environFor(target, { SCRIPT_NAME: script, PATH_INFO: environFor(rest.join('')).PATH_INFO })
      const mounted = mountedTarget(environ)
      expect(mounted.base + mounted.target).toBe(target)
      expect(environFor(mounted.base).PATH_INFO).toBe(script)
    }),
  )
})

it('is the whole target where nothing is mounted', () => {
  for (const target of ['/', '//a', '/%2F?x', 'http://a.test/b?c']) {
    expect(mountedTarget(environFor(target))).toEqual({ target, base: '' })
  }
})
