/** What an editor shows of a route's types: the types themselves, not the names of the types that work them out. */
import { join } from 'node:path'
import ts from 'typescript59'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { compilerOptions } from '../support/public-api.ts'

const FILE = join(import.meta.dirname, 'hover-sample.ts')
const HEAD = `
import { Application, get, path, post, type AnyRequest, type Request } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { z } from 'zod'
`

/** The quick info of the name in front of each `/*?*\/`, in one line, without what is in parentheses before it. */
function hovers(program: string): readonly string[] {
  const text = HEAD + program
  const read = (file: string) => (file === FILE ? text : ts.sys.readFile(file))
  const service = ts.createLanguageService({
    readFile: read,
    fileExists: (file) => file === FILE || ts.sys.fileExists(file),
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: (file) => ts.sys.realpath?.(file) ?? file,
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const content = read(file)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => ROOT,
    getCompilationSettings: compilerOptions,
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
  })
  const wrong = service.getSemanticDiagnostics(FILE)
  expect(wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
  return [...text.matchAll(/\w(?=\/\*\?\*\/)/g)].map(({ index }) => {
    const info = service.getQuickInfoAtPosition(FILE, index)
    return ts
      .displayPartsToString(info?.displayParts)
      .replaceAll(/\s+/g, ' ')
      .replace(/^\(\w+\) /, '')
  })
}

const VIEWS: readonly (readonly [what: string, program: string, shown: string])[] = [
  [
    'parameters as text',
    `get('/u/:id{/:tab}', ({ params/*?*/ }) => params.id)`,
    'params: { readonly id: string; readonly tab?: string; }',
  ],
  ['no parameters', `get('/u', ({ params/*?*/ }) => '')`, 'params: {}'],
  ['a wildcard', `get('/u/*rest', ({ params/*?*/ }) => params.rest)`, 'params: { readonly rest: string[]; }'],
  [
    'parameters that a schema has read',
    `get('/u/:id', { params: z.object({ id: int }) }, ({ params/*?*/ }) => params)`,
    'params: { readonly id: number; }',
  ],
  [
    'parameters of which a schema has read some',
    `get('/u/:id/:tab', { params: z.object({ id: int }) }, ({ params/*?*/ }) => params)`,
    'params: { readonly tab: string; readonly id: number; }',
  ],
  [
    'the request of a pattern',
    `get('/u/:id', (request/*?*/) => request.params.id)`,
    'request: Request<{ readonly id: string; }>',
  ],
  [
    'the request of a schema',
    `post('/u/:id', { body: z.object({ title: z.string() }) }, (request/*?*/) => request.body)`,
    'request: TypedRequest<{ readonly id: string; }, { readonly body: { title: string; }; }>',
  ],
  [
    'a body',
    `post('/u/:id', { body: z.object({ title: z.string() }) }, ({ body/*?*/ }) => body)`,
    'body: { title: string; }',
  ],
  [
    'a part that no schema reads',
    `post('/u/:id', { body: z.object({ title: z.string() }) }, ({ query/*?*/ }) => query)`,
    'query: Readonly<Record<string, string | readonly string[]>>',
  ],
]

describe('an editor shows', () => {
  const shown = hovers(VIEWS.map(([, program]) => program).join('\n'))
  it.each(VIEWS.map(([what, , expected], i) => [what, expected, shown[i]]))('of a view: %s', (_, expected, seen) => {
    expect(seen).toBe(expected)
  })

  it('the parameters of a URL', () => {
    const [urlFor] = hovers(`
      const application = new Application([get('/u/:id{/:tab}', { name: 'user', params: z.object({ id: int }) }, () => '')])
      application.urlFor/*?*/('user', { id: 7 })
    `)
    expect(urlFor).toContain('params: { readonly tab?: string | number; readonly id: number; }')
    const [note] = hovers(`const note = path('/notes/:id'); note/*?*/({ id: 7 })`)
    expect(note).toContain('params: { readonly id: string | number; }')
  })
})

describe('a helper for any route', () => {
  it('takes the request of each', () => {
    const calls = `
      const userOf/*?*/ = (request: AnyRequest) => request.cookie('user') ?? request.header('x-user') ?? request.path
      get('/plain/:id', (request) => userOf(request))
      get('/params/:id', { params: z.object({ id: int }) }, (request) => userOf(request))
      get('/query', { query: z.object({ page: int }) }, (request) => userOf(request))
      get('/headers', { headers: z.object({ 'x-n': int }) }, (request) => userOf(request))
      get('/cookies', { cookies: z.object({ user: int }) }, (request) => userOf(request))
      post('/body', { body: z.object({ a: z.string() }), onInvalid: (_, request) => userOf(request) }, (request) => userOf(request))
      post('/all/:id', { params: z.object({ id: int }), query: z.object({ q: int }), body: z.array(z.string()), response: z.string() }, (request) => userOf(request))
      new Application([], { notFound: (request) => userOf(request), onError: (_, request) => userOf(request) })
      const wider = (request: Request) => userOf(request)
    `
    expect(hovers(calls)).toEqual(['const userOf: (request: AnyRequest) => string'])
  })
})
