/**
 * Who may import what: the arrows of docs/DESIGN.md as one table. The first entry whose `from` a path begins with
 * rules that file; within its own `from` a file may import everything.
 */
import type { SourceFile } from './source-tree.ts'

interface Arrow {
  /** The beginning of a path: a folder with its `/`, or a file. */
  readonly from: string
  /** What may be imported: beginnings of targets, `node:*`, or packages. */
  readonly to: readonly string[]
  /** What may be imported as types only. */
  readonly types?: readonly string[]
}

const SERVER = 'packages/server/src/'
const FRAMEWORK = 'packages/framework/src/'
const server = (...names: string[]) => names.map((name) => SERVER + name)

/** Small files of the server that know nothing: anybody may have them. */
const COMMON = server('config-error.ts', 'nearest.ts')

/** What the master starts its workers with. */
const COMMAND = 'packages/server/bin/tsgi.js'

export const ARROWS: readonly Arrow[] = [
  { from: 'packages/contract/src/', to: [] },

  // The framework never imports the server, and `node:` only where files are served.
  { from: `${FRAMEWORK}static`, to: [FRAMEWORK, 'node:*', 'mime'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}development`, to: [FRAMEWORK, 'node:*'], types: ['@tsgi/contract'] },
  // Files that can be absent, and need what the core must not: compression, hashes, a disk for uploads, the test kit.
  { from: `${FRAMEWORK}middleware/content-encoder.ts`, to: ['node:zlib'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}middleware/conditional-get.ts`, to: [FRAMEWORK, 'node:crypto'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}multipart/spool-to-disk.ts`, to: [FRAMEWORK, 'node:*'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}multipart/save-to.ts`, to: [FRAMEWORK, 'node:*'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}testing`, to: [FRAMEWORK, '@tsgi/contract', '@tsgi/contract/testing', 'cookie'] },
  // Formats that are not our field, each behind one file.
  { from: `${FRAMEWORK}accept.ts`, to: [FRAMEWORK, 'mime', 'negotiator'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}cookies.ts`, to: [FRAMEWORK, 'cookie'], types: ['@tsgi/contract'] },
  { from: `${FRAMEWORK}media-type.ts`, to: [FRAMEWORK, 'content-type'], types: ['@tsgi/contract'] },
  // zod may be absent: only the codecs need it, and its compiler is loaded where somebody has given a schema of zod's.
  { from: `${FRAMEWORK}codecs.ts`, to: ['zod'] },
  { from: `${FRAMEWORK}zod-schema.ts`, to: [FRAMEWORK, 'zod/v4/core'] },
  { from: FRAMEWORK, to: ['path-to-regexp'], types: ['@tsgi/contract', 'zod', 'zod/v4/core'] },

  // From octets to the application: each layer knows only those after it.
  { from: `${SERVER}http1/`, to: [] },
  { from: `${SERVER}exchange/`, to: [], types: [`${SERVER}http1/`, '@tsgi/contract'] },
  { from: `${SERVER}gateways/fetch.ts`, to: server('exchange/'), types: ['@tsgi/contract'] },
  { from: `${SERVER}gateways/`, to: [...server('exchange/'), 'node:*'], types: ['@tsgi/contract'] },
  { from: `${SERVER}guests/`, to: ['node:*'], types: ['@tsgi/contract'] },

  // Who the client is, behind proxies.
  {
    from: `${SERVER}peer/`,
    to: server('http1/errors.ts', 'http1/authority.ts', 'http1/grammar.ts', 'exchange/address.ts').concat('node:net'),
  },

  // The processes. `channel` is what they say to each other, `log` what they write.
  { from: `${SERVER}log/`, to: ['node:fs'], types: ['@tsgi/contract'] },
  { from: `${SERVER}channel/`, to: [...COMMON, 'node:fs', 'node:net', 'node:path'], types: ['node:child_process'] },
  {
    from: `${SERVER}master/`,
    to: [...COMMON, ...server('channel/'), 'node:child_process', 'node:net', 'node:fs', 'node:dns/promises'],
    types: server('cli/options.ts', 'log/'),
  },
  {
    from: `${SERVER}worker/`,
    to: [...COMMON, ...server('peer/', 'http1/', 'exchange/', 'guests/', 'channel/', 'log/'), 'node:*'],
    types: [...server('cli/options.ts'), '@tsgi/contract'],
  },
  {
    from: `${SERVER}cli/`,
    to: [
      ...COMMON,
      ...server('master/', 'worker/', 'peer/trusted-peers.ts', 'channel/', 'log/'),
      ...['@tsgi/contract', '@tsgi/contract/testing', COMMAND, 'node:*'],
    ],
  },
  {
    from: `${SERVER}serve.ts`,
    to: [...COMMON, ...server('cli/', 'worker/', 'peer/', 'channel/', 'log/', 'master/unix-socket.ts')],
    types: ['@tsgi/contract'],
  },
  { from: `${SERVER}config-error.ts`, to: [] },
  { from: `${SERVER}nearest.ts`, to: [] },
  { from: `${SERVER}index.ts`, to: [SERVER] },
]

/** One line for each import that no arrow allows, and for each file that no arrow speaks of. */
export function findBrokenArrows(sources: readonly SourceFile[], arrows = ARROWS): readonly string[] {
  return sources.flatMap((source) => {
    const arrow = arrows.find(({ from }) => source.path.startsWith(from))
    return arrow === undefined ? [`${source.path} belongs to no part of the architecture`] : breachesOf(source, arrow)
  })
}

function breachesOf({ path, imports }: SourceFile, { from, to, types = [] }: Arrow): readonly string[] {
  const own = from.endsWith('.ts') ? [] : [from]
  return imports.flatMap(({ target, isType }) => {
    if ([...own, ...to].some((allowed) => matches(target, allowed))) return []
    const asType = types.some((allowed) => matches(target, allowed))
    if (asType && isType) return []
    return [`${path} imports ${target}${asType ? ' as a value; only its types are allowed' : ''}`]
  })
}

function matches(target: string, allowed: string): boolean {
  if (allowed.endsWith('/')) return target.startsWith(allowed)
  if (allowed === 'node:*') return target.startsWith('node:')
  return (
    target === allowed || (allowed.startsWith('packages/') && !/\.[tj]s$/.test(allowed) && target.startsWith(allowed))
  )
}

/** Every chain of value imports that leads from `entry` to a module of node. */
export function findNodeImports(sources: readonly SourceFile[], entry: string): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const seen = new Set<string>()
  const visit = (path: string): string[] => {
    if (seen.has(path)) return []
    seen.add(path)
    return (byPath.get(path)?.imports ?? []).flatMap(({ target, isType }) => {
      if (isType) return []
      return target.startsWith('node:') ? [`${entry} reaches ${target} through ${path}`] : visit(target)
    })
  }
  return byPath.has(entry) ? visit(entry) : [`${entry} does not exist`]
}
