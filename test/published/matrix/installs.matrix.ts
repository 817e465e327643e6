/**
 * The packed packages in fresh projects: each package manager on each Node installs them from a registry, compilers of
 * three generations check a program that names every entry point, and the installed command serves it.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Command, endCommandsAfterEach } from '../../support/command.ts'
import { LoopbackRegistry } from '../../support/loopback-registry.ts'
import { packPackages } from '../../support/packed-packages.ts'
import { freshFolder, install, type Manager, registryFiles, writeFiles } from './fresh-project.ts'
import { COMPILERS, environmentFor, MANAGERS, NODES, run } from './tools.ts'

const packages = packPackages()
let registry: LoopbackRegistry
beforeAll(async () => {
  registry = await LoopbackRegistry.start(packages)
})
afterAll(() => registry[Symbol.asyncDispose]())
endCommandsAfterEach()

const APP = `
import { Application, get, json, notFound, post } from '@tsgi/framework'
import { z } from 'zod'

const users = new Map([['7', { name: 'Ada' }]])
const NewUser = z.object({ name: z.string(), age: z.coerce.number().int() })

export const application = new Application([
  get('/users/:id', { name: 'user' }, ({ params }) => json(users.get(params.id) ?? notFound())),
  post('/users', { body: NewUser, response: NewUser }, ({ body }) => body),
])
export const url: string = application.urlFor('user', { id: '7' })
`

/** Names every entry point of every package, so that the compiler reads all declarations. */
function everyEntry(): string {
  const entries = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((entry) => !entry.endsWith('.json') && name.startsWith('@tsgi/'))
      .map((entry) => `${name}${entry.slice(1)}`),
  )
  return entries.map((entry, index) => `export * as entry${index} from '${entry}'\n`).join('')
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    declaration: true,
    skipLibCheck: false,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
    outDir: 'out',
  },
  include: ['app.ts', 'entries.ts'],
}

function project(zod: string): string {
  const folder = freshFolder()
  const version = (name: string): string => `^${packages.find((each) => each.name === name)?.version}`
  const scoped = packages.map(({ name }) => name).filter((name) => name.startsWith('@tsgi/'))
  writeFiles(folder, {
    ...registryFiles(registry.url),
    'package.json': JSON.stringify({
      name: 'fresh',
      private: true,
      type: 'module',
      dependencies: { ...Object.fromEntries(scoped.map((name) => [name, version(name)])), zod },
      devDependencies: { '@types/node': '^26.0.0' },
    }),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'app.ts': APP,
    'entries.ts': everyEntry(),
  })
  return folder
}

async function serveAndAsk(node: string, folder: string, workers: number): Promise<void> {
  const bin = join(folder, 'node_modules/@tsgi/server/bin/tsgi.js')
  const words = [bin, 'serve', 'app.ts', '--bind', '127.0.0.1:0', '--workers', String(workers)]
  const command = new Command(spawn(node, words, { cwd: folder, env: environmentFor(node) }))
  await command.printed(/Listening at/)
  const found = await fetch(`${command.url}/users/7`)
  expect([found.status, await found.json()]).toEqual([200, { name: 'Ada' }])
  const headers = { 'Content-Type': 'application/json' }
  const body = (age: string): RequestInit => ({ method: 'POST', headers, body: `{"name":"Bob","age":"${age}"}` })
  const made = await fetch(`${command.url}/users`, body('7'))
  expect([made.status, await made.json()]).toEqual([200, { name: 'Bob', age: 7 }])
  expect((await fetch(`${command.url}/users`, body('old'))).status).toBe(422)
  command.signal('SIGTERM')
  expect((await command.exit()).code).toBe(0)
}

describe.each(Object.entries(NODES))('on Node %s', (_version, node) => {
  it.each(['npm', 'pnpm', 'yarn'] satisfies Manager[])('%s installs, and the command serves', async (manager) => {
    const folder = project('^4.1.0')
    await install(manager, node, folder)
    await serveAndAsk(node, folder, 1)
  })
})

describe.each(['4.1.0', 'latest'])('beside zod %s', (zod) => {
  it('every compiler accepts every declaration, and the command serves', async () => {
    const folder = project(zod)
    await install('npm', NODES[26], folder)
    for (const compiler of Object.values(COMPILERS)) await run(NODES[26], compiler, ['-p', '.'], folder)
    await serveAndAsk(NODES[26], folder, 2)
  })
})

it('runs under Plug’n’Play, where no package is reached that its manifest does not name', async () => {
  const folder = project('^4.1.0')
  writeFiles(folder, {
    '.yarnrc.yml': registryFiles(registry.url)['.yarnrc.yml']?.replace('node-modules', 'pnp') ?? '',
  })
  await install('yarn', NODES[24], folder)
  writeFiles(folder, { 'print.ts': "import { url } from './app.ts'\nconsole.log(url)\n" })
  expect(await run(NODES[24], MANAGERS.yarn, ['node', 'print.ts'], folder)).toContain('/users/7')
})
