/**
 * Makes a project: copies the folders of a template and fills in the name. Knows the file system; asks no question, installs
 * nothing, and never writes over a file.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateError } from './create-error.ts'
import { TEMPLATES, type TemplateName } from './templates.ts'

export interface CreateOptions {
  /** Where the project goes; its last part becomes the name of the package. `.` is the working directory. */
  readonly target: string
  readonly template: TemplateName
  /** The working directory. */
  readonly cwd: string
}

const TEMPLATES_FOLDER = fileURLToPath(new URL('../templates', import.meta.url))

/** What a folder may hold and still be taken for empty. */
const HARMLESS: readonly string[] = ['.git', '.gitignore', '.idea', '.vscode', '.DS_Store', 'LICENSE', '.npmrc']

/**
 * Makes a project.
 * @returns the folder, as an absolute path.
 * @throws CreateError when the name does not suit a package, or the folder is not empty or cannot be written.
 */
export function createProject({ target, template, cwd }: CreateOptions): string {
  const folder = resolve(cwd, target)
  const name = packageName(basename(folder))
  requireEmpty(folder, target)
  try {
    mkdirSync(folder, { recursive: true })
    for (const source of TEMPLATES[template].folders) {
      cpSync(join(TEMPLATES_FOLDER, source), folder, { recursive: true })
    }
    finish(folder, { name, version: ownVersion(), entry: TEMPLATES[template].entry })
  } catch (error) {
    throw new CreateError(`cannot write ${folder}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  return folder
}

/** A name that a registry accepts, and that suits a systemd unit and a container too. */
function packageName(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,213}$/.test(name)) return name
  const better = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
  const hint = better === '' ? 'use lower case letters, digits and "-"' : `try ${better}`
  throw new CreateError(`"${name}" is not a valid package name; ${hint}`)
}

function requireEmpty(folder: string, target: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) throw new CreateError(`${target} is a file; choose another name`)
  const [first] = readdirSync(folder).filter((entry) => !HARMLESS.includes(entry))
  if (first !== undefined) {
    throw new CreateError(`${target} is not empty: it holds ${first}; choose another name, or empty it first`)
  }
}

/** Fills in `{{name}}`, `{{version}}` and `{{entry}}`, and renames `_gitignore` to `.gitignore`: registries drop the latter. */
function finish(folder: string, values: Readonly<Record<string, string>>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === '.git') continue
    const path = join(
      folder,
      fill(entry.name, values).replace(/^_(?=gitignore|dockerignore|biome|package)/, dotted(entry.name)),
    )
    if (path !== join(folder, entry.name)) renameSync(join(folder, entry.name), path)
    if (entry.isDirectory()) finish(path, values)
    else if (isText(path)) writeFileSync(path, fill(readFileSync(path, 'utf8'), values))
  }
}

/** `_biome.json` and `_package.json` only hide from tools that look at this repository; the others are hidden files. */
function dotted(name: string): string {
  return name.endsWith('ignore') ? '.' : ''
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(name|version|entry)\}\}/g, (_, key: string) => values[key] ?? '')
}

function isText(path: string): boolean {
  return !/\.(png|ico|jpg|woff2)$/.test(path)
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
