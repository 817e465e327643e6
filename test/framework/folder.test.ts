/** A folder: its pages, and its programs where there is a way to load them. Every application under the validator. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Application, validate } from '@tsgi/contract'
import { call, environFor, type TestResponse } from '@tsgi/contract/testing'
import { type FolderOptions, folder } from '@tsgi/framework/folder'
import { describe, expect, it, onTestFinished } from 'vitest'

const FILES = {
  'html/index.html': '<h1>home</h1>',
  'html/old.html': Buffer.from('d6d0cec4', 'hex'),
  'html/mytime.ts': 'a program',
  'html/sub/hello.py': 'another',
  'html/caf\u00e9/a b.js': 'a third',
  'html/mytime.ts~': 'a copy',
  'html/mytime.ts.bak': 'a copy',
  'html/app.js.map': 'a map',
  'html/page.tsx': 'no program, but a source',
  'html/MYTIME.TS': 'a program elsewhere',
  'html/hello.pyc': 'compiled',
  'html/node_modules/x/readme.txt': 'installed',
  'html/v1.ts/page.html': 'a page in a folder that is named like a program',
  'html/data.json': '{}',
  'html/package.json': 'a source of a project',
  'html/tsgi.config.ts': 'a source of configuration',
  'html/list.tsv': 'a\tb',
  'secret.ts': 'outside',
  'htmlx/secret.ts': 'outside, beside',
} as const

function site(): string {
  const root = mkdtempSync(join(tmpdir(), 'tsgi-folder-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  symlinkSync('../secret.ts', join(root, 'html/link.ts'))
  symlinkSync('mytime.ts', join(root, 'html/alias.ts'))
  symlinkSync('mytime.ts', join(root, 'html/notes.txt'))
  symlinkSync('sub', join(root, 'html/other'))
  symlinkSync('../mytime.ts', join(root, 'html/sub/index.html'))
  symlinkSync('node_modules/x', join(root, 'html/library'))
  symlinkSync('index.html', join(root, 'html/page.html'))
  symlinkSync('../data.json', join(root, 'html/sub/data.ts'))
  return root
}

/** Says which file it was loaded from, which time, and what it sees. */
class Loader {
  readonly loads: string[] = []

  load = async (file: string): Promise<Application> => {
    this.loads.push(file)
    const time = this.loads.length
    return (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return `${time} ${environ.REQUEST_METHOD} ${environ.SCRIPT_NAME} ${environ.PATH_INFO} ${environ.QUERY_STRING}`
    }
  }
}

function ask(application: Application, path: string, method = 'GET'): Promise<TestResponse> {
  return call(validate(application), environFor(path, { method }))
}

function dynamic(options: FolderOptions = {}) {
  const root = site()
  const loader = new Loader()
  const application = folder(join(root, 'html'), { load: loader.load, ...options })
  return { root, loader, application }
}

describe('a folder', () => {
  it('is its pages, with an index', async () => {
    const application = folder(join(site(), 'html'))
    expect(await ask(application, '/')).toMatchObject({ status: 200, text: '<h1>home</h1>' })
    expect((await ask(application, '/sub')).status).toBe(301)
    expect((await ask(application, '/nowhere')).status).toBe(404)
  })

  it('sends sources as files like any others where nothing loads programs', async () => {
    expect(await ask(folder(join(site(), 'html')), '/mytime.ts')).toMatchObject({ status: 200, text: 'a program' })
  })

  it.each([
    ['without programs', undefined],
    ['with programs', async () => () => ''],
  ] as const)('may be in an old charset, %s', async (_with, load) => {
    const application = folder(join(site(), 'html'), { charset: 'gbk', load })
    const page = await ask(application, '/old.html')
    expect(page.headers).toContainEqual(['Content-Type', 'text/html; charset=gbk'])
    expect(new TextDecoder('gbk').decode(page.bytes)).toBe('中文')
  })

  it('must be there', () => {
    expect(() => folder('/nowhere/at/all')).toThrow(/^static: no folder at "\/nowhere\/at\/all"/)
    expect(() => folder('/nowhere/at/all', { load: new Loader().load })).toThrow(/^static: no folder/)
  })

  it.each([{ index: ['index.html', 'index.ts'] }, { fallback: 'mytime.ts' }])(
    'does not send a program for others: %j',
    (options) => {
      expect(() => dynamic(options)).toThrow(/^folder: ".*\.ts" is a program; only pages can stand for others$/)
    },
  )
})

describe('the programs of a folder', () => {
  it.each([
    ['/mytime.ts', '1 GET /mytime.ts  '],
    ['/mytime.ts?a=b&c', '1 GET /mytime.ts  a=b&c'],
    ['/mytime.ts/', '1 GET /mytime.ts / '],
    ['/mytime.ts/extra/%C3%A9', '1 GET /mytime.ts /extra/é '],
    ['/mytime.ts/a%2Fb', '1 GET /mytime.ts /a/b '],
    ['/mytime.ts/.hidden//x', '1 GET /mytime.ts /.hidden//x '],
    ['/mytime.ts/sub/hello.py', '1 GET /mytime.ts /sub/hello.py '],
    ['/%6dytime.ts', '1 GET /mytime.ts  '],
    ['/./mytime.ts', '1 GET /mytime.ts  '],
    ['/%2e/sub/./hello.py/./x', '1 GET /sub/hello.py /./x '],
    ['/sub/hello.py/x', '1 GET /sub/hello.py /x '],
    ['/caf%C3%A9/a%20b.js/%E4%B8%AD', '1 GET /café/a b.js /中 '],
    ['/alias.ts', '1 GET /alias.ts  '],
  ])('%s runs (RFC 3875 §4.1.13)', async (path, text) => {
    const { application } = dynamic()
    expect(await ask(application, path)).toMatchObject({ status: 200, text })
  })

  it('takes any method', async () => {
    expect((await ask(dynamic().application, '/mytime.ts', 'DELETE')).text).toBe('1 DELETE /mytime.ts  ')
  })

  it('sees what it is mounted at before its own name', async () => {
    const { application } = dynamic()
    const environ = Object.assign(environFor('/pages/mytime.ts/x'), {
      SCRIPT_NAME: '/pages',
      PATH_INFO: '/mytime.ts/x',
    })
    expect((await call(validate(application), environ)).text).toBe('1 GET /pages/mytime.ts /x ')
  })

  it('is loaded once, by its real path, until its file changes', async () => {
    const { application, loader, root } = dynamic()
    await Promise.all([ask(application, '/mytime.ts'), ask(application, '/mytime.ts/x'), ask(application, '/alias.ts')])
    expect(loader.loads).toEqual([join(root, 'html/mytime.ts')])
    writeFileSync(join(root, 'html/mytime.ts'), 'another program')
    expect((await ask(application, '/mytime.ts')).text).toMatch(/^2 /)
    expect((await ask(application, '/mytime.ts')).text).toMatch(/^2 /)
  })

  it('that does not load fails until its file changes, and is not tried over and over', async () => {
    let times = 0
    const load = async () => {
      times++
      throw new Error('a syntax error')
    }
    const { application, root } = dynamic({ load })
    // The server's answer to an application that throws.
    expect((await ask(application, '/mytime.ts')).status).toBe(500)
    expect((await ask(application, '/mytime.ts')).status).toBe(500)
    expect(times).toBe(1)
    writeFileSync(join(root, 'html/mytime.ts'), 'repaired, or not')
    await ask(application, '/mytime.ts')
    expect(times).toBe(2)
  })

  it.each([
    '/mytime.ts~',
    '/mytime.ts.bak',
    '/app.js.map',
    '/page.tsx',
    '/MYTIME.TS',
    '/hello.pyc',
    '/missing.ts',
    '/node_modules/x/readme.txt',
    '/link.ts',
    '/../secret.ts',
    '/%2e%2e/secret.ts',
    '/..%2fsecret.ts',
    '/sub/../../secret.ts',
    '/..%5csecret.ts',
    '/../htmlx/secret.ts',
    '/mytime.ts%7E',
    '//mytime.ts',
    '/sub%2Fhello.py',
    '/index.html/mytime.ts',
    '/%ff.ts',
    '/notes.txt',
    '/sub/',
    '/sub/index.html',
    '/other/',
    '/library/readme.txt',
    '/sub/data.ts',
    '/mytime.ts.',
    '/mytime.ts%20',
    '/mytime.ts%20.txt',
    '/mytime.ts::$DATA',
    '/mytime.t%73%7e',
    '/MyTime.Ts',
    '/.mytime.ts',
    '/sub/hello.py.orig',
    '/sub/%2e%2e%2fmytime.ts',
    '/other/..%2f..%2fsecret.ts',
    '/%6eode_modules/x/readme.txt',
    '/NODE_MODULES/x/readme.txt',
    '/mytime.ts;.txt',
    '/package.json',
    '/tsgi.config.ts',
    '/tsgi.config.ts/more',
    '/mytime.%74s.bak',
  ])('never shows or runs %s', async (path) => {
    const { application, loader } = dynamic()
    const { status, text } = await ask(application, path)
    expect(status).toBe(404)
    expect(text).not.toMatch(/program|source|copy|map|outside|compiled|installed/)
    expect(loader.loads).toEqual([])
  })

  it('is run below a link to its folder, and with a slash or more behind it', async () => {
    const { application, loader } = dynamic()
    expect((await ask(application, '/other/hello.py')).text).toContain('GET /other/hello.py  ')
    expect((await ask(application, '/mytime.ts/')).text).toContain('/mytime.ts / ')
    expect(loader.loads.map((file) => file.replace(/^.*html/, ''))).toEqual(['/sub/hello.py', '/mytime.ts'])
  })

  it.each(['/./mytime.ts/x', '/%2e/mytime.ts/x', '/./%2E/./mytime.ts/x'])(
    'is named without the dots of %s',
    async (path) => {
      expect((await ask(dynamic().application, path)).text).toContain('GET /mytime.ts /x ')
    },
  )

  it('lists no source, nor a link to one', async () => {
    const { text } = await ask(dynamic({ listing: true, index: [] }).application, '/')
    expect([...text.matchAll(/href="\.\/([^"]+)"/g)].map(([, name]) => name)).toEqual([
      'caf%C3%A9/',
      'library/',
      'node_modules/',
      'other/',
      'sub/',
      'v1.ts/',
      'data.json',
      'index.html',
      'list.tsv',
      'old.html',
      'page.html',
    ])
  })

  it.each([
    ['/', '<h1>home</h1>'],
    ['/v1.ts/page.html', 'a page in a folder that is named like a program'],
    ['/data.json', '{}'],
    ['/list.tsv', 'a\tb'],
    ['/page.html', '<h1>home</h1>'],
  ])('leaves the page %s alone', async (path, text) => {
    expect(await ask(dynamic().application, path)).toMatchObject({ status: 200, text })
  })
})
