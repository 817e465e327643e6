/**
 * The architecture, held to by its imports: see the files in architecture/. Each checker is itself tested, on a small
 * tree with one fault in it, because a checker that finds nothing may also be blind.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findBrokenArrows, findNodeImports } from './architecture/arrows.ts'
import { findCycles, findFolderCycles } from './architecture/cycles.ts'
import { findImportsOfDoors, findStyleBreaches } from './architecture/house-style.ts'
import { findModulesThatDoNotLoadAlone } from './architecture/load-alone.ts'
import { findMissingPaths, linksOf, mentionsOf } from './architecture/named-paths.ts'
import { importsOf, readSources } from './architecture/source-tree.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = readSources(root)

/** Modules that are started, not imported: they work when they are loaded, in a process or thread of their own. */
const STARTED = ['packages/server/src/worker/watchdog-thread.ts']

const FETCH_GATEWAY = 'packages/gateways/src/fetch.ts'

const PACKAGES = ['conformance', 'contract', 'create-tsgi', 'framework', 'gateways', 'server'] as const

describe('the packages', () => {
  it('are all there', () => {
    const packages = new Set(sources.map(({ path }) => path.split('/')[1]))
    expect([...packages].sort()).toEqual([...PACKAGES])
    expect(sources.length).toBeGreaterThan(80)
  })

  it('import only what the arrows allow', () => {
    expect(findBrokenArrows(sources)).toEqual([])
  })

  it('have no import cycles', () => {
    expect(findCycles(sources)).toEqual([])
  })

  it.each(PACKAGES)('%s has no cycle of folders', (name) => {
    expect(findFolderCycles(sources, `packages/${name}/src/`)).toEqual([])
  })

  it('have at most 15 files on the ground floor of the framework', () => {
    expect(sources.filter(({ path }) => /^packages\/framework\/src\/[^/]+$/.test(path)).length).toBeLessThanOrEqual(15)
  })

  it('import no index of their own', () => {
    expect(findImportsOfDoors(sources)).toEqual([])
  })

  it('keep the house style', () => {
    expect(findStyleBreaches(sources)).toEqual([])
  })

  it('have a fetch gateway that runs where there is no node:', () => {
    expect(findNodeImports(sources, FETCH_GATEWAY)).toEqual([])
  })

  it('have a worker that does not import node:http, which would load all of fetch', () => {
    const chains = findNodeImports(sources, 'packages/server/src/worker/worker.ts')
    expect(chains).toContainEqual(expect.stringContaining('reaches node:net through'))
    // HTTP/2 is loaded for the first connection that wants it.
    const always = chains.filter((chain) => !chain.includes('connection/http2-'))
    expect(always.filter((chain) => chain.includes('reaches node:http'))).toEqual([])
  })

  it('load module by module, each alone, and nothing happens', async () => {
    const paths = sources.map(({ path }) => path).filter((path) => !STARTED.includes(path))
    expect(await findModulesThatDoNotLoadAlone(root, paths)).toEqual([])
  })
})

describe('the pages', () => {
  it.each(['README.md', 'CONTRIBUTING.md', 'docs/DESIGN.md'])('%s names only paths that exist', async (page) => {
    expect(findMissingPaths(root, page, await readFile(join(root, page), 'utf8'))).toEqual([])
  })
})

/** A tree of files that lives as long as the test. */
async function treeOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tsgi-architecture-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

async function sourcesOf(files: Readonly<Record<string, string>>) {
  return readSources(await treeOf(files))
}

describe('the checker of arrows', () => {
  it('fails when framework imports server', async () => {
    const tree = await sourcesOf({ 'packages/framework/src/application.ts': "import { serve } from '@tsgi/server'\n" })
    expect(findBrokenArrows(tree)).toEqual(['packages/framework/src/application.ts imports @tsgi/server'])
  })

  it.each([
    ['framework imports server by path', 'framework/src/a.ts', "import { serve } from '../../server/src/serve.ts'"],
    ['framework imports a door of server', 'framework/src/a.ts', "import { toFetchHandler } from '@tsgi/server/fetch'"],
    ['framework imports server as a type', 'framework/src/a.ts', "import type { Config } from '@tsgi/server'"],
    ['framework imports server lazily', 'framework/src/a.ts', "const server = await import('@tsgi/server')"],
    ['framework re-exports server', 'framework/src/a.ts', "export { serve } from '@tsgi/server'"],
    ['framework re-exports all of server', 'framework/src/a.ts', "export * from '@tsgi/server'"],
    ['framework imports server for its effects', 'framework/src/a.ts', "import '@tsgi/server'"],
    [
      'framework imports server over several lines',
      'framework/src/a.ts',
      "import {\n  a,\n  b,\n} from '@tsgi/server'",
    ],
    ['framework imports node: outside of static files', 'framework/src/router.ts', "import { join } from 'node:path'"],
    ['framework runs the contract', 'framework/src/a.ts', "import { validate } from '@tsgi/contract'"],
    ['server imports framework', 'server/src/worker/a.ts', "import { Application } from '@tsgi/framework'"],
    ['contract imports anything', 'contract/src/a.ts', "import { readFile } from 'node:fs'"],
    ['contract imports a package', 'contract/src/a.ts', "import { z } from 'zod'"],
    ['http1 does I/O', 'server/src/http1/a.ts', "import { connect } from 'node:net'"],
    ['http1 knows the exchange', 'server/src/http1/a.ts', "import type { Sink } from '@tsgi/gateways/exchange'"],
    ['exchange knows the server', 'gateways/src/exchange/a.ts', "import { parse } from '@tsgi/server'"],
    ['exchange knows a socket', 'gateways/src/exchange/a.ts', "import type { Socket } from 'node:net'"],
    ['exchange knows a gateway', 'gateways/src/exchange/a.ts', "import { toNodeListener } from '../node.ts'"],
    ['a gateway knows the worker', 'gateways/src/a.ts', "import { serveHttp1 } from '@tsgi/server'"],
    ['the fetch gateway knows node:', 'gateways/src/fetch.ts', "import { Buffer } from 'node:buffer'"],
    ['a guest knows the exchange', 'server/src/guests/a.ts', "import { Exchange } from '@tsgi/gateways/exchange'"],
    [
      'the master loads the application',
      'server/src/master/a.ts',
      "import { load } from '../loader/load-application.ts'",
    ],
    ['the master sees HTTP', 'server/src/master/a.ts', "import { limits } from '../http1/limits.ts'"],
    ['the master knows the command', 'server/src/master/a.ts', "import { main } from '../cli/main.ts'"],
    ['the worker knows the master', 'server/src/worker/a.ts', "import type { Master } from '../master/master.ts'"],
    [
      'the worker starts a master by its URL',
      'server/src/worker/a.ts',
      "fork(new URL('../master/master.ts', import.meta.url))",
    ],
    ['source imports a test', 'server/src/worker/a.ts', "import { x } from '../../../../test/x.ts'"],
    ['a file belongs nowhere', 'server/src/somewhere/a.ts', ''],
  ])('fails when %s', async (_name, path, text) => {
    expect(findBrokenArrows(await sourcesOf({ [`packages/${path}`]: `${text}\n` }))).toHaveLength(1)
  })

  it.each([
    [
      'a comment that speaks of one',
      'framework/src/a.ts',
      "/**\n * import { serve } from '@tsgi/server'\n */\n// import('@tsgi/server')",
    ],
    ['a string that holds one', 'framework/src/a.ts', 'const text = "import { serve } from \'@tsgi/server\'"'],
    [
      'types of the contract',
      'framework/src/a.ts',
      "import type { Environ } from '@tsgi/contract'\nimport { type Body } from '@tsgi/contract'",
    ],
    ['node: in static files', 'framework/src/static/a.ts', "import { open } from 'node:fs/promises'"],
    [
      'types of the contract in the exchange',
      'gateways/src/exchange/a.ts',
      "import type { Body } from '@tsgi/contract'",
    ],
    ['a neighbour', 'server/src/http1/a.ts', "import { b } from './b.ts'"],
  ])('allows %s', async (_name, path, text) => {
    expect(findBrokenArrows(await sourcesOf({ [`packages/${path}`]: `${text}\n` }))).toEqual([])
  })

  it('tells types from values, however they are imported', () => {
    const text = [
      "import type { A } from './a.ts'",
      "import { type B, type C } from './b.ts'",
      "import { type D, E } from './c.ts'",
      "import F, { type G } from './d.ts'",
      "import * as H from './e.ts'",
      "export type { I } from './f.ts'",
    ].join('\n')
    const found = importsOf(text, 'packages/x/src/x.ts').map(({ target, isType }) => [target.slice(-4), isType])
    expect(found).toEqual([
      ['a.ts', true],
      ['b.ts', true],
      ['c.ts', false],
      ['d.ts', false],
      ['e.ts', false],
      ['f.ts', true],
    ])
  })

  it('finds node: behind other modules, but not behind types', async () => {
    const tree = await sourcesOf({
      [FETCH_GATEWAY]: "import { a } from './exchange/a.ts'\n",
      'packages/gateways/src/exchange/a.ts': "import { b } from './b.ts'\nimport type { c } from './c.ts'\n",
      'packages/gateways/src/exchange/b.ts': "import { x } from 'node:fs'\n",
      'packages/gateways/src/exchange/c.ts': "import { x } from 'node:net'\n",
    })
    expect(findNodeImports(tree, FETCH_GATEWAY)).toEqual([
      `${FETCH_GATEWAY} reaches node:fs through packages/gateways/src/exchange/b.ts`,
    ])
    expect(findNodeImports([], FETCH_GATEWAY)).toEqual([`${FETCH_GATEWAY} does not exist`])
  })
})

it('the checker of cycles finds one, through types too', async () => {
  const tree = await sourcesOf({
    'packages/x/src/a.ts': "import { b } from './b.ts'\n",
    'packages/x/src/b.ts': "import type { C } from './c.ts'\n",
    'packages/x/src/c.ts': "export { a } from './a.ts'\n",
    'packages/x/src/d.ts': "import './a.ts'\nimport './b.ts'\n",
  })
  expect(findCycles(tree)).toEqual([
    'packages/x/src/a.ts → packages/x/src/b.ts → packages/x/src/c.ts → packages/x/src/a.ts',
  ])
})

it('the checker of folders finds a cycle between two of them', async () => {
  const tree = await sourcesOf({
    'packages/x/src/a/one.ts': "import { two } from '../b/two.ts'\n",
    'packages/x/src/b/three.ts': "import type { four } from '../a/four.ts'\n",
    'packages/x/src/top.ts': "import './a/one.ts'\n",
  })
  expect(findFolderCycles(tree, 'packages/x/src/')).toEqual(['a → b → a'])
})

it('the checker of doors finds an import of one', async () => {
  const tree = await sourcesOf({ 'packages/x/src/a/b.ts': "import { c } from '../index.ts'\n" })
  expect(findImportsOfDoors(tree)).toEqual(['packages/x/src/a/b.ts imports packages/x/src/index.ts from within'])
})

describe('the checker of style', () => {
  it.each([
    ['a long file', 'a.ts', `/** A rule. */\n${'\n'.repeat(400)}`, 'has 401 lines; 400 at most'],
    ['a drawer', 'http/utils.ts', '/** A rule. */\n', 'is a drawer; name it after what it is'],
    ['no rule', 'a.ts', 'export const a = 1\n', 'does not open with its rule'],
    ['@ts-ignore', 'a.ts', '/** A rule. */\n// @ts-ignore\nf(x)\n', 'silences the compiler with @ts-ignore'],
    ['any as a type', 'a.ts', '/** A rule. */\nconst a: any = 1\n', 'uses any'],
    ['any in a list', 'a.ts', '/** A rule. */\nconst a: Map<string, any> = b\n', 'uses any'],
    ['any in a cast', 'a.ts', '/** A rule. */\nf(a as any)\n', 'uses any'],
    ['a non-null assertion', 'a.ts', '/** A rule. */\nf(a.b!.c)\n', 'asserts with ! that something is there'],
    ['eval', 'a.ts', "/** A rule. */\neval('1')\n", 'makes code at run time'],
    ['new Function', 'a.ts', "/** A rule. */\nnew Function('a')\n", 'makes code at run time'],
    [
      'a door with code',
      'index.ts',
      "/** A door. */\nexport { a } from './a.ts'\nexport const b = 1\n",
      'does more than re-export: export const b = 1',
    ],
    [
      'a door that imports',
      'index.ts',
      "/** A door. */\nimport { a } from './a.ts'\n",
      "does more than re-export: import { a } from './a.ts'",
    ],
  ])('finds %s', async (_name, path, text, breach) => {
    expect(findStyleBreaches(await sourcesOf({ [`packages/x/src/${path}`]: text }))).toEqual([
      `packages/x/src/${path} ${breach}`,
    ])
  })

  it.each([
    ['the word any', 'a.ts', '/** Takes any value, as any other. */\nconst any = "as any"\nif (a !== b && !c) d()\n'],
    [
      'a door',
      'index.ts',
      "/** A door. */\nexport type { A } from './a.ts'\nexport {\n  b,\n  type C,\n} from './b.ts'\n",
    ],
  ])('allows %s', async (_name, path, text) => {
    expect(findStyleBreaches(await sourcesOf({ [`packages/x/src/${path}`]: text }))).toEqual([])
  })
})

describe('the checker of modules', () => {
  it('finds those that fail, print, run on or end when they are imported', async () => {
    const files = {
      'good.ts': 'export const a: number = 1\n',
      'fails.ts': "throw new Error('too early')\n",
      'needs.ts': "import './missing.ts'\n",
      'prints.ts': "console.log('hello')\n",
      'runs.ts': 'setInterval(() => undefined, 1000)\n',
      'counts.ts': 'export const state = { loaded: 0 }\n',
      'first.ts': "import { state } from './counts.ts'\nif (++state.loaded > 1) throw new Error('not alone')\n",
      'second.ts': "import { state } from './counts.ts'\nif (++state.loaded > 1) throw new Error('not alone')\n",
      'exits.ts': 'process.exit()\n',
    }
    expect(await findModulesThatDoNotLoadAlone(await treeOf(files), Object.keys(files))).toMatchObject([
      'fails.ts does not load: Error: too early',
      expect.stringContaining('needs.ts does not load: Error'),
      'prints.ts prints when it is imported: hello',
      'runs.ts has work under way when it was imported: Timeout',
      'exits.ts ends its process when it is imported',
    ])
  })
})

describe('the checker of named paths', () => {
  it('finds links and mentions that lead nowhere', async () => {
    const folder = await treeOf({ 'docs/a.md': '', 'examples/app.ts': '' })
    const text =
      '[a](docs/a.md#top) [b](docs/b.md) [c](https://example.org/docs/x) `examples/app.ts:application` examples/no.ts.'
    expect(findMissingPaths(folder, 'README.md', text)).toEqual([
      'README.md names docs/b.md, which does not exist',
      'README.md names examples/no.ts, which does not exist',
    ])
  })

  it('reads them as they are written', () => {
    expect(linksOf('[a](x.md#y) [b](#here) [c](mailto:a@b) ![d](../e.png)')).toEqual(['x.md', '../e.png'])
    expect(mentionsOf('see docs/a, `test/b/c.ts`, my/docs/no and packages/x/src/.')).toEqual([
      'docs/a',
      'test/b/c.ts',
      'packages/x/src',
    ])
  })
})
