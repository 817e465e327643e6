import { describe, expect, it } from 'vitest'
import { contentTypeOf, extensionOf } from '../../../packages/framework/src/static/content-type.ts'
import { readContentTypes } from '../../../packages/framework/src/static/options.ts'

const plain = readContentTypes({})

describe('the type of a file', () => {
  it.each([
    ['index.html', 'text/html; charset=utf-8'],
    ['a.HTM', 'text/html; charset=utf-8'],
    ['a.css', 'text/css; charset=utf-8'],
    ['a.js', 'text/javascript; charset=utf-8'],
    ['a.mjs', 'text/javascript; charset=utf-8'],
    ['a.txt', 'text/plain; charset=utf-8'],
    ['a.md', 'text/markdown; charset=utf-8'],
    ['a.csv', 'text/csv; charset=utf-8'],
    ['a.json', 'application/json'],
    ['a.map', 'application/json'],
    ['a.wasm', 'application/wasm'],
    ['a.webmanifest', 'application/manifest+json'],
    ['a.svg', 'image/svg+xml'],
    ['a.png', 'image/png'],
    ['a.webp', 'image/webp'],
    ['a.avif', 'image/avif'],
    ['a.woff2', 'font/woff2'],
    ['a.pdf', 'application/pdf'],
    ['a.mp4', 'video/mp4'],
    ['favicon.ico', 'image/vnd.microsoft.icon'],
    ['a.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['a.js.gz', 'application/gzip'],
    ['a.tar.gz', 'application/gzip'],
    ['a.js.br', 'application/octet-stream'],
    ['a.unknown', 'application/octet-stream'],
    ['README', 'application/octet-stream'],
    ['html', 'application/octet-stream'],
    ['docs.html/README', 'application/octet-stream'],
    ['.html', 'application/octet-stream'],
    ['a.', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
    ['a.__proto__', 'application/octet-stream'],
    ['a.toString', 'application/octet-stream'],
  ])('%s is %s', (path, type) => {
    expect(contentTypeOf(path, plain)).toBe(type)
  })

  it('takes the charset of the first pattern that matches, for text only', () => {
    const types = readContentTypes({ charset: { 'biye.html': 'gbk', '*.gbk.*': 'GBK', 'old/**': 'big5' } })
    expect(contentTypeOf('biye.html', types)).toBe('text/html; charset=gbk')
    expect(contentTypeOf('sub/a.gbk.txt', types)).toBe('text/plain; charset=GBK')
    expect(contentTypeOf('old/a/b.txt', types)).toBe('text/plain; charset=big5')
    expect(contentTypeOf('old/a.png', types)).toBe('image/png')
    expect(contentTypeOf('new.html', types)).toBe('text/html; charset=utf-8')
  })

  it('takes one charset for all, or a function', () => {
    expect(contentTypeOf('a.html', readContentTypes({ charset: 'gbk' }))).toBe('text/html; charset=gbk')
    const types = readContentTypes({ charset: (path) => (path.startsWith('old/') ? 'gbk' : undefined) })
    expect(contentTypeOf('old/a.html', types)).toBe('text/html; charset=gbk')
    expect(contentTypeOf('a.html', types)).toBe('text/html; charset=utf-8')
  })

  it('takes types of the operator before its own', () => {
    const types = readContentTypes({
      types: { TS: 'text/plain', html: 'application/xhtml+xml', log: 'text/plain; charset=latin1' },
    })
    expect(contentTypeOf('a.ts', types)).toBe('text/plain; charset=utf-8')
    expect(contentTypeOf('a.html', types)).toBe('application/xhtml+xml')
    expect(contentTypeOf('a.log', types)).toBe('text/plain; charset=latin1')
  })

  it('is by what follows the last dot of the name', () => {
    expect(['a.b/c', 'a.b.C', '.a', 'a', 'x/.a', 'x/.a.b'].map(extensionOf)).toEqual(['', 'c', '', '', '', 'b'])
  })
})
