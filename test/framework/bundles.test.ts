/**
 * The framework on platforms without `node:`: bundled for them without an error or a warning, within a budget, and run by
 * workerd without a compatibility flag. The sizes are those of one file, minified and compressed by gzip.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'

// Inside the checkout, so that the packages resolve.
const folder = mkdtempSync(join(import.meta.dirname, 'bundles-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HELLO = `
import { Application, get } from '@tsgi/framework'
import { toFetchHandler } from '@tsgi/gateways/fetch'
const application = new Application([get('/', () => 'hello')])
export default { fetch: toFetchHandler(application) }
`

const TWENTY = `
import { Application, events, get, group, json, mount, negotiate, post, redirect, SignedCookies, staticFiles, file } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { requestId } from '@tsgi/framework/middleware/request-id'
import { toFetchHandler } from '@tsgi/gateways/fetch'
import { z } from 'zod'
const Note = z.object({ id: z.int(), title: z.string().min(1) })
const application = new Application([
  ${Array.from({ length: 15 }, (_, i) => `get('/r${i}/:id', { name: 'r${i}', params: z.object({ id: int }), response: Note }, ({ params }) => ({ id: params.id, title: 'r${i}' })),`).join('\n  ')}
  post('/notes', { body: Note }, ({ body }) => json(body, 201)),
  get('/form', (request) => negotiate(request, { html: () => '<p>form', json: () => ({ a: 1 }) })),
  group('/old', [get('/:id', ({ params }) => redirect('/r1/' + params.id))]),
  get('/events', () => events(async function* () { yield 'one'; yield 'two' })),
  get('/file', () => file('x')),
  get('/url', (request) => request.urlFor('r3', { id: 7 })),
], { middleware: [requestId()] })
export default { fetch: toFetchHandler(application) }
export const unused = { SignedCookies, mount, staticFiles }
`

/** @returns the file, and the files that it was made of. */
async function bundle(name: string, source: string, options: BuildOptions = {}) {
  const entry = join(folder, `${name}.ts`)
  writeFileSync(entry, source)
  const outfile = join(folder, `${name}.js`)
  const { errors, warnings, metafile } = await build({
    ...{ entryPoints: [entry], outfile, bundle: true, format: 'esm', minify: true, logLevel: 'silent' },
    ...options,
    metafile: true,
  })
  expect([...errors, ...warnings]).toEqual([])
  const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  return { file: outfile, external, inputs: Object.keys(metafile.inputs) }
}

function gzipped(file: string): number {
  return gzipSync(execFileSync('cat', [file]), { level: 9 }).length
}

/** Half of it are the router, the checks of the list and forms; decision 0160 has the table. */
const MAX_HELLO_BYTES = 46 * 1024

const PLATFORMS: readonly (readonly [string, BuildOptions])[] = [
  ['neutral', { platform: 'neutral' }],
  ['workerd', { platform: 'neutral', conditions: ['workerd', 'worker', 'browser'] }],
  ['a browser’s service worker', { platform: 'browser' }],
]

describe.each(PLATFORMS)('for %s', (_, options) => {
  it('a hello reaches nothing of Node, zod or the table of media types', async () => {
    const { file, external, inputs } = await bundle('hello', HELLO, options)
    expect(external).toEqual([])
    expect(inputs.filter((path) => /\/(?:mime|zod)@|static\/(?!no-files)|static-files|development/.test(path))).toEqual(
      [],
    )
    expect(gzipped(file)).toBeLessThan(MAX_HELLO_BYTES)
  })

  it('an application of 20 routes with zod', async () => {
    expect((await bundle('twenty', TWENTY, options)).external).toEqual([])
  })
})

it('one helper costs what it needs', async () => {
  const { file } = await bundle('json', `import { json } from '@tsgi/framework'\nexport default json({ a: 1 })`, {
    platform: 'neutral',
  })
  expect(gzipped(file)).toBeLessThan(2 * 1024)
})

it('for Node the whole table and the files are there', async () => {
  const { file } = await bundle('node', TWENTY.replace("'x'", JSON.stringify(join(folder, 'node.ts'))), {
    ...{ platform: 'node' },
  })
  const { default: handler } = (await import(file)) as { default: { fetch: (request: Request) => Promise<Response> } }
  expect(await (await handler.fetch(new Request('http://localhost/file'))).text()).toContain('SignedCookies')
})

/** Not installed with the workspace: it is 160 MB. `.ci/run` puts it there. */
const WORKERD = [
  process.env.TSGI_WORKERD,
  join(ROOT, '.ci/tools/node_modules/@cloudflare/workerd-linux-64/bin/workerd'),
].find((path) => path !== undefined && existsSync(path))

describe.skipIf(WORKERD === undefined)('on workerd (its binary at TSGI_WORKERD, or where .ci/run puts it)', () => {
  it.each([
    ['hello', HELLO, [['/', 200, 'hello']]],
    [
      'twenty',
      TWENTY,
      [
        ['/r3/7', 200, '{"id":7,"title":"r3"}'],
        ['/r3/x', 400, 'expected a whole number'],
        ['/old/7', 302, ''],
        ['/events', 200, 'data: two'],
        ['/url', 200, '/r3/7'],
        ['/form', 200, '<p>form'],
        ['/nothing', 404, 'Not Found'],
        ['/file', 500, ''],
      ],
    ],
  ] as const)('%s answers, without a compatibility flag', async (name, source, asked) => {
    await bundle(name, source, { platform: 'neutral', conditions: ['workerd', 'worker'] })
    const config = join(folder, `${name}.capnp`)
    writeFileSync(
      config,
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker", esModule = embed "${name}.js")], compatibilityDate = "2026-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`,
    )
    const child = spawn(WORKERD ?? '', ['serve', config, '--control-fd=3'], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
    try {
      const control = child.stdio[3]
      if (control === null || control === undefined) throw new Error('no control pipe')
      const [line] = (await once(control, 'data')) as [Buffer]
      const { port } = JSON.parse(String(line)) as { port: number }
      for (const [path, status, text] of asked) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
        expect([path, response.status]).toEqual([path, status])
        expect(await response.text()).toContain(text)
      }
    } finally {
      child.kill()
    }
  })
})
