/**
 * What runs without Node compiles without Node's types: the contract, the core of the framework, the fetch gateway. A file
 * that imports `node:` is Node's; arrows.ts says which may. Any other file must not use a global of Node's either.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '../..')
const PROJECTS = [
  'packages/contract/tsconfig.json',
  'packages/framework/tsconfig.core.json',
  'packages/gateways/tsconfig.core.json',
]

/** The compiler's errors, one a line. */
async function compile(project: string): Promise<string[]> {
  const compiled = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', project, '--pretty', 'false'], {
    cwd: root,
  })
  const { stdout } = await compiled.catch((error) => error)
  return String(stdout)
    .split('\n')
    .filter((line) => line.includes(': error TS'))
}

function importsNode(path: string): boolean {
  return /from 'node:/.test(readFileSync(join(root, path), 'utf8'))
}

it.each(PROJECTS)('%s has no error in a file that is not Node’s', async (project) => {
  const errors = await compile(project)
  expect(errors.filter((error) => !importsNode(/^[^(]+/.exec(error)?.[0] ?? ''))).toEqual([])
})

it.each(['process.env', "Buffer.from('a')", 'setImmediate', "require('fs')", '__dirname', 'NodeJS.Timeout'])(
  'refuses %s',
  async (expression) => {
    const folder = mkdtempSync(join(tmpdir(), 'tsgi-core-types-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const code = expression.startsWith('NodeJS')
      ? `export let value: ${expression}`
      : `export const value = ${expression}`
    writeFileSync(join(folder, 'core.ts'), `${code}\n`)
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const project = join(folder, 'tsconfig.json')
    writeFileSync(project, JSON.stringify({ extends: join(root, 'tsconfig.portable.json'), files: ['core.ts'] }))
    expect(await compile(project)).toEqual([expect.stringMatching(/Cannot find (name|namespace)/)])
  },
)
