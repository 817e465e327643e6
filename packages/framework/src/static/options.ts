/**
 * The options of `staticFiles`, checked once and turned into what a request needs. Nothing here touches a disk.
 */
import type { Application } from '@tsgi/contract'
import { refuseUnknown } from '../option-names.ts'
import type { ContentTypes } from './content-type.ts'
import { type PerFile, perFile, valuesOf } from './file-pattern.ts'
import { isName } from './requested-path.ts'

/** Options of `staticFiles`. */
export interface StaticOptions {
  /** Charset of text, for all or by file: `'gbk'`, `{ '*.gbk.html': 'gbk' }`, `(path) => …`. Default `utf-8`. */
  readonly charset?: PerFile | undefined
  /** Media types by extension, before the built-in table: `{ ts: 'text/plain' }`. */
  readonly types?: Readonly<Record<string, string>> | undefined
  /** Files that stand for their folder, in order. Default `['index.html']`; `[]` for none. */
  readonly index?: readonly string[] | undefined
  /**
   * Files that are not there for clients, by their path below the folder, every symbolic link resolved:
   * `(path) => path.endsWith('.sql')`. Default: none.
   */
  readonly hidden?: ((path: string) => boolean) | undefined
  /** Extensions that a path may leave out, in order: with `['html']`, `/about` is `about.html`. Default: none. */
  readonly extensions?: readonly string[] | undefined
  /**
   * What symbolic links may lead to: `inside` only files below the folder (a link that leads out is 404, with a line in
   * the log), `anywhere` any file that the process can read, as Bazel and Nix lay out their outputs.
   * @default 'inside'
   */
  readonly links?: 'inside' | 'anywhere' | undefined
  /** Shows a folder without an index as a page of links. Default false. */
  readonly listing?: boolean | undefined
  /** Lets `/.well-known/` (RFC 8615) through; all other names with a leading dot stay hidden. Default false. */
  readonly wellKnown?: boolean | undefined
  /** Sends `a.js.br`, `.zst` or `.gz` for `a.js` to those who take it. A variant older than its file is not sent. Default false. */
  readonly precompressed?: boolean | undefined
  /** Cache-Control, for all or by file: `[['*.{js,css}', 'public, max-age=31536000, immutable']]`. */
  readonly cacheControl?: PerFile | undefined
  /** Seconds a file may be kept without asking again, where `cacheControl` says nothing. Default: always ask, `no-cache`. */
  readonly maxAge?: number | undefined
  /** The page, below the root, for every path that names no file and has no extension: for single-page applications. */
  readonly fallback?: string | undefined
  /**
   * Whether `fallback` is also sent for paths with an extension, such as `/users/ada.lovelace`, to a client that asks
   * for `text/html` by name, as a browser does for a page and not for a script or a picture. Default false.
   */
  readonly fallbackDots?: boolean | undefined
  /** Bytes of memory, per process, for files of up to 64 KiB that are asked for again. Default 8 MiB; 0 for none. */
  readonly memory?: number | undefined
  /** Answers where there is no file. Default: a line of text, 404. */
  readonly notFound?: Application | undefined
}

/** What the options come to. */
export interface StaticSettings extends ContentTypes {
  readonly index: readonly string[]
  readonly hidden: ((path: string) => boolean) | undefined
  readonly extensions: readonly string[]
  readonly followsLinks: boolean
  readonly listing: boolean
  readonly fallbackDots: boolean
  readonly wellKnown: boolean
  readonly precompressed: boolean
  readonly cacheControlOf: (path: string) => string
  /** The names of the fallback's path. */
  readonly fallback: readonly string[] | undefined
  readonly memory: number
  readonly notFound: Application | undefined
}

/** @throws Error one line, naming the option. */
export function readOptions(options: StaticOptions): StaticSettings {
  refuseUnknown('static', options, NAMES)
  refuseKinds(options)
  const {
    index = ['index.html'],
    extensions = [],
    links = 'inside',
    fallbackDots = false,
    listing = false,
    wellKnown = false,
    precompressed = false,
  } = options
  for (const name of index) requireName('index', name)
  for (const name of extensions)
    requireForm('extensions', name, /^[^./\\\0][^/\\\0]*$/, 'an extension without its dot, such as "html"')
  if (links !== 'inside' && links !== 'anywhere')
    throw new Error(`static: links is ${JSON.stringify(links)}; it must be "inside" or "anywhere"`)
  return {
    ...readContentTypes(options),
    index,
    extensions,
    followsLinks: links === 'anywhere',
    fallbackDots,
    hidden: options.hidden,
    listing,
    wellKnown,
    precompressed,
    cacheControlOf: readCacheControl(options),
    fallback: options.fallback?.split('/').map((name) => requireName('fallback', name)),
    memory: requireCount('memory', options.memory ?? 8 * 1024 * 1024),
    notFound: options.notFound,
  }
}

/** @throws Error one line, naming the option. */
export function readContentTypes(options: Pick<StaticOptions, 'charset' | 'types'>): ContentTypes {
  const { charset = {}, types = {} } = options
  for (const value of valuesOf(charset)) requireForm('charset', value, /^[\w!#$%&'*+.^`|~-]+$/, 'a name such as "gbk"')
  for (const type of Object.values(types))
    requireForm('types', type, /^[\w.+-]+\/[\w.+-]+(?:; *[\x21-\x7e]+)?$/, 'a media type such as "text/plain"')
  const lower = Object.entries(types).map(([extension, type]) => [extension.toLowerCase(), type] as const)
  return { charsetOf: perFile(charset), types: new Map(lower) }
}

/** @throws Error one line, naming the option. */
export function readCacheControl(options: Pick<StaticOptions, 'cacheControl' | 'maxAge'>): (path: string) => string {
  const { cacheControl = {}, maxAge } = options
  for (const value of valuesOf(cacheControl))
    requireForm('cacheControl', value, /^[\x20-\x7e]+$/, 'text such as "no-store"')
  const otherwise = maxAge === undefined ? 'no-cache' : `public, max-age=${requireCount('maxAge', maxAge)}`
  const find = perFile(cacheControl)
  return (path) => find(path) ?? otherwise
}

const NAMES: ReadonlySet<string> = new Set<keyof StaticOptions>([
  ...(['charset', 'types', 'index', 'extensions', 'links', 'hidden', 'listing', 'wellKnown'] as const),
  ...(['precompressed', 'cacheControl', 'maxAge', 'fallback', 'fallbackDots', 'memory', 'notFound'] as const),
])

/** What a compiler would have said. */
function refuseKinds({ index = [], extensions = [], ...options }: StaticOptions): void {
  if (!Array.isArray(index))
    throw new Error(`static: index is ${typeof index}; it must be a list such as ["index.html"]`)
  if (!Array.isArray(extensions))
    throw new Error(`static: extensions is ${typeof extensions}; it must be a list such as ["html"]`)
  for (const [kind, names] of KINDS) {
    const bad = names.find((name) => options[name] !== undefined && typeof options[name] !== kind)
    if (bad !== undefined) throw new Error(`static: ${bad} is ${typeof options[bad]}; it must be a ${kind}`)
  }
}

const KINDS = [
  ['boolean', ['listing', 'wellKnown', 'precompressed', 'fallbackDots']],
  ['function', ['hidden', 'notFound']],
  ['string', ['fallback']],
] as const

function requireForm(option: string, value: string, form: RegExp, example: string): void {
  if (!form.test(value)) throw new Error(`static: ${option} is ${JSON.stringify(value)}; it must be ${example}`)
}

function requireName(option: string, name: string): string {
  if (isName(name)) return name
  throw new Error(
    `static: ${option} has the name ${JSON.stringify(name)}; it must be a path below the folder, such as "index.html"`,
  )
}

function requireCount(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new Error(`static: ${option} is ${value}; it must be a whole number, 0 or more`)
}
