/** What no compiler has looked at: a slip in an option is told where it is made. */
import { cascade, deleteCookie, setCookie } from '@tsgi/framework'
import { accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { describe, expect, it } from 'vitest'

const request = { environ: { 'wsgi.url_scheme': 'https' } } as const
const setting = (options: object) => setCookie(request, 'a', 'b', options)

/** As JavaScript would call them. */
function untyped(call: (options: never) => unknown, options: unknown): () => unknown {
  return () => call(options as never)
}

describe('an option that nobody knows, or that cannot be, is refused by', () => {
  it.each<[string, () => unknown, string]>([
    ['compress', untyped(compress, { treshold: 1 }), 'compress: unknown option "treshold"; there are threshold, '],
    ['compress, for the application itself', untyped(compress, () => ''), 'compress: the options are function'],
    ['compress', untyped(compress, { codings: ['deflate'] }), 'compress: no coding deflate; there are br, zstd, gzip'],
    ['compress', untyped(compress, { threshold: -1 }), 'compress: threshold is -1'],
    ['conditionalGet', untyped(conditionalGet, { limit: 'x' }), 'conditionalGet: limit is x'],
    ['conditionalGet', untyped(conditionalGet, { max: 1 }), 'unknown option "max"; there are limit'],
    ['requestId', untyped(requestId, { trusted: true }), 'unknown option "trusted"; there are trust, generate, header'],
    ['accessLog', untyped(accessLog, { wirte: 1 }), 'unknown option "wirte"; there are format, write'],
    ['accessLog', untyped(accessLog, { format: 'common' }), 'no format common; there are combined, json'],
    ['accessLog, without any', untyped(accessLog, null), 'accessLog: the options are null'],
    [
      'setCookie',
      untyped(setting, { httponly: true }),
      'the cookie "a": unknown option "httponly"; there are maxAge, ',
    ],
    ['deleteCookie', () => deleteCookie(request, 'a', JSON.parse('{ "Path": "/" }')), 'unknown option "Path"'],
    ['cascade', untyped((other) => cascade(() => '', other), {}), 'cascade(): application 2 is object, not a function'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(message)
  })
})
