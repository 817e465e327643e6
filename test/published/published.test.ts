/**
 * The packages as a user gets them: unpacked from their tarballs into a project of plain JavaScript. What works only because
 * the workspace has the sources fails here. Installs from a registry, and other Nodes: `matrix/`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { endCommandsAfterEach, ROOT, serving, tsgi } from '../support/command.ts'
import { type PackedPackage, packPackages } from '../support/packed-packages.ts'

const packages = packPackages()
const libraries = packages.filter(({ manifest }) => manifest.exports !== undefined)
const folder = mkdtempSync(join(tmpdir(), 'tsgi-published-'))

beforeAll(() => {
  for (const each of packages) unpack(each)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'app.js'), APP)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
endCommandsAfterEach()

const APP = `
import { Application, get, json } from '@tsgi/framework'
export const application = new Application([get('/users/:id', ({ params }) => json({ id: params.id }))])
`

/** What installing does, but for the network: third-party packages are links to those of the workspace. */
function unpack({ name, manifest, files }: PackedPackage): void {
  for (const [path, content] of files) {
    const target = join(folder, 'node_modules', name, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  const source = join(ROOT, 'packages', name.replace('@tsgi/', ''), 'node_modules')
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (!dependency.startsWith('@tsgi/')) link(join(source, dependency), join(folder, 'node_modules', dependency))
  }
}

function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  if (!existsSync(to)) symlinkSync(from, to)
}

/** Runs a program in the folder of the user. */
function run(program: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder, encoding: 'utf8' })
}

it.each(libraries)('$name: every entry point of its exports loads', ({ name, manifest }) => {
  const entries = Object.keys(manifest.exports ?? {}).filter((entry) => !entry.endsWith('.json'))
  const program = `for (const entry of ${JSON.stringify(entries)}) await import('${name}' + entry.slice(1)); console.log('all')`
  expect(run(program)).toBe('all\n')
})

it.each(libraries)('$name: tools can read its manifest', ({ name, version }) => {
  const program = `import manifest from '${name}/package.json' with { type: 'json' }; console.log(manifest.version)`
  expect(run(program)).toBe(`${version}\n`)
})

it('serves an application in plain JavaScript with the published command', async () => {
  const bin = join(folder, 'node_modules/@tsgi/server/bin/tsgi.js')
  const command = await serving(['app.js:application', '--bind', '127.0.0.1:0', '--workers', '2'], { cwd: folder, bin })
  expect(await (await fetch(`${command.url}/users/7`)).json()).toEqual({ id: '7' })
})

it('serves a folder where the framework is installed, and says in one line where it is not', async () => {
  const bin = join(folder, 'node_modules/@tsgi/server/bin/tsgi.js')
  const words = ['./html', '--bind', '127.0.0.1:0', '--log-level', 'error']
  mkdirSync(join(folder, 'html'), { recursive: true })
  writeFileSync(join(folder, 'html/index.html'), '<h1>home</h1>')
  const command = await serving(words, { cwd: folder, bin })
  expect(await (await fetch(command.url)).text()).toBe('<h1>home</h1>')
  const [here, away] = ['framework', 'framework-away'].map((name) => join(folder, 'node_modules/@tsgi', name))
  renameSync(here ?? '', away ?? '')
  onTestFinished(() => renameSync(away ?? '', here ?? ''))
  const refused = tsgi(['serve', ...words], { cwd: folder, bin, env: { NODE_PATH: '' } })
  expect((await refused.exit()).code).toBe(2)
  expect(refused.stderr).toBe('tsgi: cannot serve a folder: install @tsgi/framework, which serves folders\n')
})

it('creates a project with the published command, which lies in a folder node_modules itself', async () => {
  const bin = join(folder, 'node_modules/create-tsgi/bin/create-tsgi.js')
  execFileSync(process.execPath, [bin, 'shop', '--template', 'api'], { cwd: folder })
  const serve = join(folder, 'node_modules/@tsgi/server/bin/tsgi.js')
  link(join(ROOT, 'node_modules/zod'), join(folder, 'node_modules/zod'))
  const command = await serving(['src/app.ts', '--bind', '127.0.0.1:0'], { cwd: join(folder, 'shop'), bin: serve })
  expect(await (await fetch(`${command.url}/notes`)).json()).toEqual([])
})
