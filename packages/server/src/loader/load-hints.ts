/**
 * The way out for modules that Node cannot load as they are: TypeScript that is more than types, JSX, paths that only a
 * compiler knows, CommonJS by mistake. Knows Node's errors and what files there are; loads nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const TSX = "run it with tsx: npm install tsx, then NODE_OPTIONS='--import tsx' tsgi …"

/**
 * A part of a sentence that begins with `; `, or nothing.
 * @param file the module that was asked for, where that is a file.
 */
export function hintOf(error: unknown, file: string | undefined): string {
  if (!(error instanceof Error)) return ''
  const hint = syntaxHint(error, file) ?? resolutionHint(error)
  return hint === undefined ? '' : `; ${hint}`
}

function syntaxHint(error: Error, file: string | undefined): string | undefined {
  const code = codeOf(error)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return `Node runs TypeScript by leaving the types out, and this is more than a type; ${TSX}`
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /"\.[jt]sx"/.test(error.message)) return `Node does not know JSX; ${TSX}`
  if (!(error instanceof SyntaxError)) return undefined
  if (/import statement outside a module|Unexpected token 'export'/.test(error.message))
    return `its package.json says "type": "commonjs": say "type": "module" there (npm pkg set type=module), or name the file .mts or .mjs`
  if (/Invalid or unexpected token/.test(error.message)) return decoratorHint(file)
  return undefined
}

/** V8 names neither the file nor the line of a decorator. */
function decoratorHint(file: string | undefined): string | undefined {
  const lines = file === undefined || !existsSync(file) ? [] : readFileSync(file, 'utf8').split('\n')
  const at = lines.findIndex((line) => /^\s*(?:class\b.*\{\s*|export\s+)?@[\p{ID_Start}_$]/u.test(line))
  if (at === -1 && lines.length > 0 && !/^\s*import\b/m.test(lines.join('\n'))) return undefined
  const place =
    at === -1 || file === undefined ? 'if it is a decorator' : `the decorator at ${basename(file)}:${at + 1}`
  return `${place}: Node does not know decorators; ${TSX}`
}

function resolutionHint(error: Error): string | undefined {
  const { url, message }: { url?: unknown; message: string } = error as Error & { url?: unknown }
  if (typeof url === 'string' && url.startsWith('file:')) return pathHint(fileURLToPath(url))
  const [, name = ''] = /^Cannot find package '([^']+)'/.exec(message) ?? []
  if (/^[@~#](?:\/|$)/.test(name))
    return `paths of tsconfig.json are the compiler's: say "imports" in package.json, or ${TSX}`
  return undefined
}

/** `./word` or `./word.js` where there is `word.ts`. */
function pathHint(path: string): string | undefined {
  const stem = path.replace(/\.[cm]?jsx?$/, '')
  const found = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '/index.ts', '/index.js']
    .map((ending) => stem + ending)
    .find((candidate) => candidate !== path && existsSync(candidate))
  return found && `Node wants the name of the file, with its extension: ${found.slice(path.lastIndexOf('/') + 1)}`
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined
}
