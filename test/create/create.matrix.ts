/**
 * Every template as a stranger meets it: created from the packed package by the package manager's own `create`, outside of
 * the workspace, then installed, tested, checked, started, asked and stopped.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshFolder, install, type Manager, registryFiles, writeFiles } from '../published/matrix/fresh-project.ts'
import { environmentFor, MANAGERS, NODES, run } from '../published/matrix/tools.ts'
import { Command, endCommandsAfterEach } from '../support/command.ts'
import { LoopbackRegistry } from '../support/loopback-registry.ts'
import { packPackages } from '../support/packed-packages.ts'
import { hasFlask } from './flask.ts'

let registry: LoopbackRegistry
beforeAll(async () => {
  registry = await LoopbackRegistry.start(packPackages())
})
afterAll(() => registry[Symbol.asyncDispose]())
endCommandsAfterEach()

interface Case {
  readonly template: string
  readonly manager: Manager
  readonly node: string
  readonly entry: string
  /** Path → what the response contains. */
  readonly pages: Readonly<Record<string, string>>
}

const APP = 'src/app.ts'
const API = 'packages/api/src/app.ts'
const CASES: readonly Case[] = [
  {
    template: 'app',
    manager: 'npm',
    node: NODES[24],
    entry: APP,
    pages: { '/': 'Guest book', '/hello/Ada': 'Hello, Ada!' },
  },
  { template: 'app', manager: 'npm', node: NODES['22.18'], entry: APP, pages: { '/': 'Guest book' } },
  { template: 'api', manager: 'pnpm', node: NODES[24], entry: APP, pages: { '/': '/notes', '/notes': '[]' } },
  { template: 'api', manager: 'yarn', node: NODES[26], entry: APP, pages: { '/notes': '[]' } },
  {
    template: 'fullstack',
    manager: 'npm',
    node: NODES[24],
    entry: API,
    pages: { '/': 'main.js', '/static/main.js': '/api/tasks' },
  },
  {
    template: 'fullstack',
    manager: 'pnpm',
    node: NODES[26],
    entry: API,
    pages: { '/api/tasks': '[]', '/static/main.js': 'fetch' },
  },
  {
    template: 'wrap',
    manager: 'npm',
    node: NODES[24],
    entry: APP,
    pages: { '/invoices/7': 'TSGI', '/orders/7': 'Express' },
  },
  {
    template: 'wrap-flask',
    manager: 'npm',
    node: NODES[24],
    entry: APP,
    pages: { '/invoices/7': 'TSGI', '/orders/7': 'Flask' },
  },
]

it.each(CASES)('$template by $manager with $node', async ({ template, manager, node, entry, pages }) => {
  if (template === 'wrap-flask' && !hasFlask()) return
  const parent = freshFolder()
  await create(node, template, parent)
  const folder = join(parent, 'site')
  writeFiles(folder, registryFiles(registry.url))
  await install(manager, node, folder)
  const word = manager === 'npm' ? ['run'] : []
  await run(node, MANAGERS[manager], [...word, 'test'], folder)
  await run(node, MANAGERS[manager], ['run', 'check'], folder)
  if (existsSync(join(folder, 'packages/web'))) await run(node, MANAGERS[manager], ['run', 'build'], folder)
  await serveAndAsk(node, folder, entry, pages)
})

/** `npm create tsgi site`: npm asks the registry for the package `create-tsgi` and runs its command. */
async function create(node: string, template: string, cwd: string): Promise<void> {
  const words = ['create', 'tsgi', 'site', '--registry', registry.url, '--', '--template', template]
  const made = await run(node, MANAGERS.npm, words, cwd, { npm_config_cache: join(cwd, '.npm-cache') })
  expect(made).toContain(`Made site from the template ${template}`)
}

async function serveAndAsk(node: string, folder: string, entry: string, pages: Case['pages']): Promise<void> {
  const bin = join(folder, 'node_modules/@tsgi/server/bin/tsgi.js')
  const words = [bin, 'serve', entry, '--bind', '127.0.0.1:0']
  const command = new Command(spawn(node, words, { cwd: folder, env: environmentFor(node) }))
  await command.printed(/Listening at/)
  for (const [path, content] of Object.entries(pages)) {
    const response = await fetch(`${command.url}${path}`)
    expect([path, response.status]).toEqual([path, 200])
    expect(await response.text()).toContain(content)
  }
  command.signal('SIGTERM')
  expect((await command.exit()).code).toBe(0)
}

const systemd = '/usr/bin/systemd-analyze'

it.skipIf(!existsSync(systemd))('makes a unit that systemd accepts', async () => {
  const parent = freshFolder()
  await create(NODES[26], 'app', parent)
  const unit = join(parent, 'site/deploy/site.service')
  // The program that the unit names is not installed on this machine: that is the only complaint to be expected.
  const said = execFileSync('/bin/sh', ['-c', `${systemd} verify --man=no ${unit} 2>&1 || true`], { encoding: 'utf8' })
  const complaints = said.split('\n').filter((line) => line.includes('site.service'))
  expect(complaints.filter((line) => !/is not executable|Unit .* not found/.test(line))).toEqual([])
})
