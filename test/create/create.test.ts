/**
 * `create-tsgi` as a command, and every template against the workspace: files, types, tests. With packed packages, package
 * managers and a running server: create.matrix.ts.
 */
import { execFile } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createProject } from '../../packages/create-tsgi/src/create-project.ts'
import { TEMPLATES, type TemplateName } from '../../packages/create-tsgi/src/templates.ts'
import { ROOT } from '../support/command.ts'
import { hasFlask } from './flask.ts'

const run = promisify(execFile)
const BIN = join(ROOT, 'packages/create-tsgi/bin/create-tsgi.js')
const NAMES = Object.keys(TEMPLATES) as TemplateName[]

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-create-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function create(words: readonly string[], cwd: string, agent = 'npm/11.0.0'): Promise<Outcome> {
  const env = { ...process.env, npm_config_user_agent: agent }
  const done = run(process.execPath, [BIN, ...words], { cwd, env })
  done.child.stdin?.end()
  return done.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

/** What an install does, from the modules of the workspace. */
function linkModules(folder: string): void {
  for (const manifest of globSync(['package.json', 'packages/*/package.json'], { cwd: folder })) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(folder, manifest), 'utf8'))
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      const target = join(folder, 'node_modules', name)
      const own = /^@app\/(\w+)$/.exec(name)?.[1]
      mkdirSync(dirname(target), { recursive: true })
      if (!existsSync(target))
        symlinkSync(own ? join(folder, 'packages', own) : join(ROOT, 'node_modules', name), target)
    }
  }
}

describe.each(NAMES)('the template %s', (template) => {
  it('has all that a project needs, and its name filled in', () => {
    const folder = createProject({ target: 'site', template, cwd: emptyFolder() })
    const files = filesOf(folder)
    const expected = ['.dockerignore', '.gitignore', 'Dockerfile', 'README.md', 'biome.json', 'compose.yaml']
    for (const name of [...expected, 'deploy/site.service', 'package.json', 'tsconfig.json', 'tsgi.config.ts']) {
      expect(files).toContain(name)
    }
    for (const name of files) expect(`${name}\n${readFileSync(join(folder, name), 'utf8')}`).not.toMatch(/\{\{\w+\}\}/)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: 'site', private: true, scripts: { dev: expect.anything() } })
    const server = JSON.parse(readFileSync(join(ROOT, 'packages/server/package.json'), 'utf8'))
    expect(manifest.dependencies['@tsgi/server']).toBe(`^${server.version}`)
    for (const text of ['Dockerfile', 'deploy/site.service'].map((name) => readFileSync(join(folder, name), 'utf8'))) {
      expect(existsSync(join(folder, /src\/app\.ts|packages\/api\/src\/app\.ts/.exec(text)?.[0] ?? 'missing'))).toBe(
        true,
      )
    }
  })

  it('compiles, and passes its own lint', async () => {
    const folder = createProject({ target: 'site', template, cwd: emptyFolder() })
    linkModules(folder)
    const programs = ['tsconfig.json', 'packages/web/tsconfig.json'].filter((path) => existsSync(join(folder, path)))
    for (const path of programs)
      await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', path, '--noEmit'], { cwd: folder })
    await run(join(ROOT, 'node_modules/.bin/biome'), ['check', '--error-on-warnings', '.'], { cwd: folder })
  })

  it.skipIf(template === 'wrap-flask' && !hasFlask())('passes its own tests', async () => {
    const folder = createProject({ target: 'site', template, cwd: emptyFolder() })
    linkModules(folder)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const tests = globSync('{,packages/*/}test/*.test.ts', { cwd: folder })
    const { stdout } = await run(process.execPath, ['--test', ...tests], { cwd: folder, env })
    expect(stdout).toMatch(/fail 0/)
    expect(stdout).not.toMatch(/pass 0/)
  })
})

describe('the command', () => {
  it('says what to do next, in the words of the package manager that ran it', async () => {
    const cwd = emptyFolder()
    const npm = await create(['shop'], cwd)
    expect(npm).toMatchObject({ code: 0, stderr: '' })
    expect(npm.stdout).toBe('Made shop from the template app. Next:\n\n  cd shop\n  npm install\n  npm run dev\n')
    const pnpm = await create(['api', '-t', 'api'], cwd, 'pnpm/12.1.0 npm/? node/v26.0.0')
    expect(pnpm.stdout).toContain('  pnpm install\n  pnpm run dev\n')
  })

  it('takes the working directory, and a folder that holds only what git or an editor made', async () => {
    const cwd = join(emptyFolder(), 'here')
    mkdirSync(join(cwd, '.git'), { recursive: true })
    const made = await create(['.'], cwd)
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).not.toContain('cd ')
    expect(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).name).toBe('here')
  })

  it('lists its templates', async () => {
    const { code, stdout } = await create(['--help'], tmpdir())
    expect(code).toBe(0)
    for (const name of NAMES) expect(stdout).toContain(`\n  ${name} `)
  })

  it.each([
    ['no name', [], 'say the name of the project: create-tsgi NAME'],
    ['two names', ['a', 'b'], 'one name, please: a, b are several'],
    ['a name that is none of a package', ['My Shop'], '"My Shop" is not a valid package name; try my-shop'],
    ['a name without a letter', ['...'], '"..." is not a valid package name; use lower case letters, digits and "-"'],
    ['a template that is mistyped', ['a', '-t', 'appp'], 'there is no template "appp"; did you mean app?'],
    [
      'a template of an object',
      ['a', '-t', 'constructor'],
      'there is no template "constructor"; choose one of app, api',
    ],
    ['an option that it does not have', ['a', '--typescript'], "Unknown option '--typescript'; create-tsgi --help"],
    [
      'an option without its value',
      ['a', '--template'],
      "Option '-t, --template <value>' argument missing; create-tsgi",
    ],
    [
      'a folder that holds files',
      ['full'],
      'full is not empty: it holds file.txt; choose another name, or empty it first',
    ],
    ['a file', ['file'], 'file is a file; choose another name'],
    ['a folder below a file', ['file/site'], 'cannot write '],
  ])('refuses %s in one line, and writes nothing', async (_what, words, message) => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'full'))
    writeFileSync(join(cwd, 'full/file.txt'), '')
    writeFileSync(join(cwd, 'file'), '')
    const { code, stdout, stderr } = await create(words, cwd)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^create-tsgi: [^\n]+\n$/)
    expect(stderr).toContain(message)
    expect(filesOf(cwd).sort()).toEqual(['file', 'full/file.txt'])
  })
})
