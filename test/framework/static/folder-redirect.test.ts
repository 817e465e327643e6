import { environFor } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folderLocation } from '../../../packages/framework/src/static/folder-redirect.ts'
import { staticEnviron } from './site-fixture.ts'

describe('the place of a folder asked for without its slash', () => {
  it.each([
    ['/static/docs', '/static/docs/'],
    ['/static', '/static/'],
    ['/static/docs?a=1&b=%2F', '/static/docs/?a=1&b=%2F'],
    ['/static/docs?', '/static/docs/'],
    ['/static/docs??x', '/static/docs/??x'],
    ['/static/a%20b', '/static/a%20b/'],
    ['/static/%E6%AF%95', '/static/%E6%AF%95/'],
    ['http://evil.example/static/docs', '/static/docs/'],
    ['//evil.example/docs', '/evil.example/docs/'],
    ['/\\evil.example', '/%5Cevil.example/'],
    ['/%5Cevil.example', '/%5Cevil.example/'],
    ['/%2Fevil.example', '/%2Fevil.example/'],
  ])('%s is at %s', (target, location) => {
    expect(folderLocation(staticEnviron(target))).toBe(location)
  })

  it('keeps an escaped slash in what comes before', () => {
    const environ = environFor('/a%2Fb/static/docs')
    expect(folderLocation({ ...environ, SCRIPT_NAME: '/a/b/static', PATH_INFO: '/docs' })).toBe('/a%2Fb/static/docs/')
  })

  it('is the encoded path when a middleware has changed it', () => {
    const environ = staticEnviron('/static/docs')
    expect(folderLocation({ ...environ, SCRIPT_NAME: '', PATH_INFO: '/a b?#%/é' })).toBe('/a%20b%3F%23%25/%C3%A9/')
    expect(folderLocation({ ...environ, SCRIPT_NAME: '', PATH_INFO: '//evil.example' })).toBe('/evil.example/')
    expect(folderLocation({ ...environ, SCRIPT_NAME: '', PATH_INFO: '/\\/evil.example' })).toBe('/%5C/evil.example/')
  })

  it('is always a path on this host (CVE-2015-1164, CVE-2024-43799)', () => {
    const text = fc.stringMatching(/^[\x21\x22\x24-\x7e]{0,12}$/)
    fc.assert(
      fc.property(text, fc.string(), fc.string(), (target, path, query) => {
        const environ = {
          ...staticEnviron('/static/'),
          REQUEST_URI: `/${target}`,
          PATH_INFO: `/${path}`,
          QUERY_STRING: query,
        }
        const location = folderLocation({ ...environ, SCRIPT_NAME: '' })
        expect(location).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/)
        expect(new URL(location, 'http://here.example').host).toBe('here.example')
      }),
    )
  })
})
