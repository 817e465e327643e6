/**
 * Every TypeScript snippet of the README and the docs is compiled and run; every command they name exists.
 * A snippet that prints where it listens is asked for `/` and ended; any other has to end by itself, without an error.
 * `// 200 …` behind a console.log is what it must print.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { readSnippets, type Snippet } from './snippets.ts'

const root = join(import.meta.dirname, '../..')
const pages = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/*/README.md'], {
  cwd: root,
  // What `pnpm docs` makes and installs.
  exclude: ['docs/api/**', 'docs/site/**'],
})
  .filter((page) => readSnippets(join(root, page)).some(({ language }) => language === 'ts' || language === 'sh'))
  .sort()

// Inside the checkout, so that the packages resolve as they do for a user of the workspace.
mkdirSync(join(root, 'test/docs/.tmp'), { recursive: true })
const folder = mkdtempSync(join(root, 'test/docs/.tmp/run-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(pages)('%s', (page) => {
  const snippets = readSnippets(join(root, page))
  const programs = snippets.filter(({ language }) => language === 'ts')
  const commands = snippets.filter(({ language }) => language === 'sh')

  if (programs.length > 0) it('has snippets that compile', () => compile(page, programs))
  it.each(programs)('$name at line $line runs', (snippet) => run(page, snippet, programs))
  it.each(commands)('names commands that exist, at line $line', ({ text }) => checkCommands(text))
})

function write(page: string, programs: readonly Snippet[], where: string): string {
  const place = mkdtempSync(join(folder, `${basename(page, '.md')}-${where}-`))
  for (const { name, text } of programs) writeFileSync(join(place, name), text)
  return place
}

async function compile(page: string, programs: readonly Snippet[]): Promise<void> {
  const place = write(page, programs, 'compile')
  const options = { extends: join(root, 'tsconfig.base.json'), compilerOptions: { noEmit: true }, include: ['*.ts'] }
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(options))
  const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', place]).catch(
    (error) => error,
  )
  expect(stdout).toBe('')
}

async function run(page: string, snippet: Snippet, programs: readonly Snippet[]): Promise<void> {
  const place = write(page, programs, 'run')
  const child = spawn(process.execPath, [snippet.name], {
    cwd: place,
    env: { ...process.env, PORT: '0', NODE_ENV: 'test' },
  })
  try {
    const output = await outputOf(child)
    const port = /Listening[^\n]*?(?:port: |:)(\d{2,5})\b/.exec(output.text)?.[1]
    if (port === undefined) expect(output.code, output.text).toBe(0)
    else expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
    for (const [, expected = ''] of snippet.text.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)) {
      expect(output.text).toContain(expected)
    }
  } finally {
    child.kill('SIGKILL')
  }
}

/** What a child prints, until it ends or says where it listens. */
function outputOf(child: ChildProcess): Promise<{ text: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    let text = ''
    const gather = (chunk: Buffer): void => {
      text += chunk.toString()
      if (/Listening[^\n]*\n/.test(text) && !/Listening at \{\s*$/.test(text)) resolve({ text, code: null })
    }
    child.stdout?.on('data', gather)
    child.stderr?.on('data', gather)
    child.once('error', reject)
    child.once('close', (code) => resolve({ text, code }))
  })
}

function checkCommands(text: string): void {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const own = new Set(['install', ...Object.keys(scripts)])
  for (const [, script = ''] of text.matchAll(/^(?:npx )?pnpm(?:@12)? (?:run )?([\w:-]+)/gm))
    expect(own).toContain(script)
}
