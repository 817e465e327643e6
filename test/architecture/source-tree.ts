/**
 * The source files of the packages and what each of them imports, read from their text. Knows no rule.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Import {
  /** As it is written: `./router.ts`, `@tsgi/contract`, `node:fs`. */
  readonly specifier: string
  /** True when the compiler erases it. */
  readonly isType: boolean
  /** A path from the root for our own files, else the specifier: `packages/server/src/serve.ts`, `node:fs`, `zod`. */
  readonly target: string
}

export interface SourceFile {
  /** From the root, with `/`: `packages/server/src/serve.ts`. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

/** Every TypeScript file of every package, in the order of their paths. */
export function readSources(root: string): readonly SourceFile[] {
  const paths = globSync('packages/*/src/**/*.ts', { cwd: root }).sort()
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    return { path, text, imports: importsOf(text, path) }
  })
}

// A statement begins its line, and no other statement has only these characters before `from`.
const STATEMENT = /^(?:import|export)\s+([\w$*\s{},]*?)\s*from\s*['"]([^'"]+)['"]/gm
const SIDE_EFFECT = /^import\s*['"]([^'"]+)['"]/gm
// `import('x')`, also as a type, and files that are started or read by their URL.
const BY_CALL = /\b(?:import|require)\(\s*['"]([^'"]+)['"]|new URL\(\s*['"]([^'"]+\.[tj]s)['"]/g

/** What a file imports, in any way that names it. */
export function importsOf(text: string, path: string): readonly Import[] {
  const code = withoutComments(text)
  return [
    ...[...code.matchAll(STATEMENT)].map(([, clause = '', specifier = '']) => made(specifier, isErased(clause), path)),
    ...[...code.matchAll(SIDE_EFFECT)].map(([, specifier = '']) => made(specifier, false, path)),
    ...[...code.matchAll(BY_CALL)].map(([, called, url]) => made(called ?? url ?? '', false, path)),
  ]
}

/** Whole lines of comment only: a `//` or a `/*` may also stand within a string. */
export function withoutComments(text: string): string {
  return text.replace(/^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '')
}

/** `import type …`, or only specifiers that are types each. */
function isErased(clause: string): boolean {
  if (/^type\s/.test(clause)) return true
  const named = /^\{(.*)\}$/s.exec(clause)?.[1]
  if (named === undefined) return false
  return named.split(',').every((each) => each.trim() === '' || /^\s*type\s/.test(each))
}

function made(specifier: string, isType: boolean, path: string): Import {
  return { specifier, isType, target: targetOf(specifier, path) }
}

function targetOf(specifier: string, path: string): string {
  if (specifier.startsWith('.')) return join(dirname(path), specifier)
  if (specifier.startsWith('#')) return insideTarget(specifier, path)
  // A package's doors need not be told apart: arrows between packages are about the package.
  return specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier
}

/** What a name of `imports` in package.json stands for on Node; it must be in the tree that is looked at, or a package. */
function insideTarget(specifier: string, path: string): string {
  const folder = path.split('/').slice(0, 2).join('/')
  const { imports = {} } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as {
    imports?: Record<string, Record<string, string>>
  }
  const target = imports[specifier]?.node
  if (target === undefined) throw new Error(`${path} imports ${specifier}, which ${folder}/package.json does not name`)
  return target.startsWith('.') ? join(folder, target) : target
}

const ROOT = join(import.meta.dirname, '../..')
