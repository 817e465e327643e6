/** `--access-log-format`: what is a format, and what each mistake is told. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOG_ATOMS, parseLogFormat } from '../../../packages/server/src/config/log-format.ts'

describe('a format', () => {
  it.each(['combined', 'short'])('is %s', (name) => {
    expect(parseLogFormat(name)).toEqual({ kind: name })
  })

  it('is JSON, with named headers behind it', () => {
    expect(parseLogFormat('json')).toEqual({ kind: 'json', fields: [] })
    expect(parseLogFormat('json:+header.X-Tenant,+response.ETag')).toEqual({
      kind: 'json',
      fields: [
        { kind: 'i', name: 'x-tenant' },
        { kind: 'o', name: 'etag' },
      ],
    })
  })

  it('is a template of atoms, headers, keys of the environ and text', () => {
    expect(parseLogFormat('%(h)s 100%% "%({X-Tenant}i)s" %({ETag}o)s %({tsgi.route}e)s')).toEqual({
      kind: 'template',
      parts: [
        { atom: 'h' },
        { text: ' 100' },
        { text: '%' },
        { text: ' "' },
        { kind: 'i', name: 'x-tenant' },
        { text: '" ' },
        { kind: 'o', name: 'etag' },
        { text: ' ' },
        { kind: 'e', name: 'tsgi.route' },
      ],
    })
  })

  it.each(Object.keys(LOG_ATOMS))('knows the atom %s, and the page about logs names it', (atom) => {
    expect(parseLogFormat(`%(${atom})s`)).toEqual({ kind: 'template', parts: [{ atom }] })
    expect(readFileSync('docs/logs.md', 'utf8')).toContain(`| \`%(${atom})s\` |`)
  })
})

it.each([
  ['jsno', /must be one of combined, .*did you mean json\?$/],
  ['', /must be one of/],
  ['%(rout)s', /has the unknown atom %\(rout\)s; did you mean route\?$/],
  ['%(x)s', /has the unknown atom %\(x\)s; did you mean/],
  ['%(toString)s', /has the unknown atom %\(toString\)s/],
  ['%({x}c)s', /has the unknown atom %\({x}c\)s; say {…}i/],
  ['%(h) %(r)s', /has "%\(h\) %\(r\)s", which is no atom/],
  ['%(h)s %', /has "%", which is no atom/],
  ['%h', /has "%h", which is no atom/],
  ['%({}i)s', /names "", which is no name of a header/],
  ['%({a b}i)s', /names "a b", which is no name of a header/],
  ['%({}e)s', /names "", which is no name of a key/],
  ['%(h)s\n', /one line without control characters/],
  ['%({Authorization}i)s', /names Authorization, which holds credentials/],
  ['%({cookie}i)s', /holds credentials/],
  ['%({Set-Cookie}o)s', /holds credentials/],
  ['%({HTTP_COOKIE}e)s', /holds credentials/],
  ['json:+header.proxy-authorization', /holds credentials/],
  ['json:x-tenant', /has the field "x-tenant"; say json:\+header\.NAME/],
  ['json:', /has the field ""; say/],
])('%j is no format', (given, message) => {
  expect(() => parseLogFormat(given)).toThrow(message)
})

it('never fails otherwise than with one line', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `%(h)s${text}`),
      ),
      (given) => {
        try {
          parseLogFormat(given)
        } catch (error) {
          expect(String(error)).toMatch(/^Error: .*$/)
        }
      },
    ),
  )
})
