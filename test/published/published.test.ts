/**
 * The packages as a user gets them: compiled to `dist`, with the exports of `publishConfig`, only the files that are
 * published, on plain JavaScript. What works only because the workspace has the sources would fail here.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { endCommandsAfterEach, ROOT, serving, tsgi } from '../support/command.ts'

const PACKAGES = ['contract', 'framework', 'gateways', 'server']
const folder = mkdtempSync(join(tmpdir(), 'tsgi-published-'))

beforeAll(() => {
  for (const name of PACKAGES) publish(name)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'app.js'), APP)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
endCommandsAfterEach()

const APP = `
import { Application, get, json } from '@tsgi/framework'
export const application = new Application([get('/users/:id', ({ params }) => json({ id: params.id }))])
`

/** What packing and installing does to a package: dist, bin and the other `files`, and the exports of `publishConfig`. */
function publish(name: string): void {
  const source = join(ROOT, 'packages', name)
  const target = join(folder, 'node_modules/@tsgi', name)
  mkdirSync(target, { recursive: true })
  const { publishConfig, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, ...publishConfig }))
  const compiler = join(ROOT, 'node_modules/.bin/tsc')
  execFileSync(compiler, ['-p', join(source, 'tsconfig.build.json'), '--outDir', join(target, 'dist')])
  for (const file of manifest.files as string[]) {
    if (file !== 'dist' && file !== 'src' && existsSync(join(source, file)))
      cpSync(join(source, file), join(target, file), { recursive: true })
  }
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (!dependency.startsWith('@tsgi/'))
      link(join(source, 'node_modules', dependency), join(folder, 'node_modules', dependency))
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

it.each(PACKAGES)('@tsgi/%s: every door of its exports opens', (name) => {
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules/@tsgi', name, 'package.json'), 'utf8'))
  const doors = Object.keys(exports)
    .filter((door) => !door.endsWith('.json'))
    .map((door) => `@tsgi/${name}${door.slice(1)}`)
  expect(run(`for (const door of ${JSON.stringify(doors)}) await import(door); console.log('open')`)).toBe('open\n')
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

it('publishes no TypeScript that a program would have to load', () => {
  const sources = readdirSync(join(folder, 'node_modules/@tsgi/server/dist'), { recursive: true, encoding: 'utf8' })
  expect(sources.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
})
