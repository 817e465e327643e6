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

const CONTRACT = '@tsgi/contract'
const SERVER = 'packages/server/src/'
const GATEWAYS = 'packages/gateways/src/'
const FRAMEWORK = 'packages/framework/src/'
const server = (...names: string[]) => names.map((name) => SERVER + name)

/** What the master starts its workers with. */
const COMMAND = 'packages/server/bin/tsgi.js'

export const ARROWS: readonly Arrow[] = [
  { from: 'packages/contract/src/', to: [] },

  // The creator of projects depends on nothing: a package manager fetches it for one run.
  { from: 'packages/create-tsgi/src/', to: ['node:*'] },

  // The framework never imports the server, and `node:` only where files are served.
  { from: `${FRAMEWORK}static`, to: [FRAMEWORK, 'node:*', 'mime'], types: [CONTRACT] },
  { from: `${FRAMEWORK}development`, to: [FRAMEWORK, 'node:*'], types: [CONTRACT] },
  // Files that can be absent, and need what the core must not: compression, hashes, a disk for uploads, the test kit.
  { from: `${FRAMEWORK}middleware/content-encoder.ts`, to: ['node:zlib'], types: [CONTRACT] },
  { from: `${FRAMEWORK}middleware/allow-ips.ts`, to: [FRAMEWORK, 'node:net'], types: [CONTRACT] },
  // `@opentelemetry/api` may be absent: this entry alone needs it.
  { from: `${FRAMEWORK}middleware/open-telemetry.ts`, to: [FRAMEWORK, '@opentelemetry/api'], types: [CONTRACT] },
  { from: `${FRAMEWORK}middleware/trace-place.ts`, to: ['@opentelemetry/api'], types: [CONTRACT] },
  { from: `${FRAMEWORK}middleware/token-verifier.ts`, to: ['jose'] },
  { from: `${FRAMEWORK}middleware/conditional-get.ts`, to: [FRAMEWORK, 'node:crypto'], types: [CONTRACT] },
  { from: `${FRAMEWORK}multipart/spool-to-disk.ts`, to: [FRAMEWORK, 'node:*'], types: [CONTRACT] },
  { from: `${FRAMEWORK}multipart/save-to.ts`, to: [FRAMEWORK, 'node:*'], types: [CONTRACT] },
  // `ws` may be absent: an entry of its own needs it, and nothing else.
  { from: `${FRAMEWORK}websocket/deflate.ts`, to: ['node:zlib'] },
  { from: `${FRAMEWORK}testing`, to: [FRAMEWORK, CONTRACT, '@tsgi/contract/testing', 'cookie'] },
  // Formats that are not our field, each behind one file.
  // `mime` by its alias: a small table stands in its place where a bundle must be small.
  { from: `${FRAMEWORK}http/accept.ts`, to: [FRAMEWORK, 'mime', 'negotiator'], types: [CONTRACT] },
  { from: `${FRAMEWORK}http/cookies.ts`, to: [FRAMEWORK, 'cookie'], types: [CONTRACT] },
  { from: `${FRAMEWORK}http/media-type.ts`, to: [FRAMEWORK, 'content-type'], types: [CONTRACT] },
  // zod may be absent: only the codecs need it, and its compiler is loaded where a schema of zod's is given.
  { from: `${FRAMEWORK}codecs.ts`, to: [`${FRAMEWORK}validation/zod-functions.ts`, 'zod'] },
  { from: `${FRAMEWORK}validation/zod-schema.ts`, to: [FRAMEWORK, 'zod/v4/core'] },
  { from: FRAMEWORK, to: ['path-to-regexp'], types: [CONTRACT, 'zod', 'zod/v4/core'] },

  // The exchange knows the contract and no transport; a gateway is one transport of another server.
  { from: `${GATEWAYS}exchange/`, to: [], types: [CONTRACT] },
  { from: `${GATEWAYS}fetch.ts`, to: [`${GATEWAYS}exchange/`], types: [CONTRACT, `${GATEWAYS}websocket/`] },
  // The platform's sockets, found by shape: no `node:`.
  { from: `${GATEWAYS}websocket/`, to: [], types: [CONTRACT] },
  { from: GATEWAYS, to: ['node:*'], types: [CONTRACT] },

  // What tests a server from outside: it knows the contract's types, and no server.
  { from: 'packages/conformance/src/', to: ['node:*'], types: [CONTRACT] },

  // The server, from the lowest room to the highest: no room imports one that stands below it in this list.
  { from: `${SERVER}http1/`, to: [] },
  { from: `${SERVER}log/`, to: ['node:fs', 'node:path', 'node:tty'], types: [CONTRACT] },
  { from: `${SERVER}cgi/`, to: [...server('http1/'), '@tsgi/gateways', 'node:net'] },
  { from: `${SERVER}proxy/`, to: [...server('http1/'), '@tsgi/gateways', 'node:net'] },
  {
    from: `${SERVER}config/`,
    to: [...server('proxy/trusted-peers.ts', 'proxy/forwarded-trust.ts', 'log/escape.ts'), 'node:*'],
  },
  { from: `${SERVER}rates/`, to: ['node:crypto'] },
  {
    from: `${SERVER}ipc/`,
    to: [...server('config/'), 'node:fs', 'node:net', 'node:path'],
    types: ['node:child_process', ...server('rates/')],
  },
  {
    from: `${SERVER}connection/`,
    to: [...server('http1/', 'cgi/', 'log/', 'proxy/', 'config/'), '@tsgi/gateways', 'node:*'],
    types: [CONTRACT],
  },
  { from: `${SERVER}guests/`, to: ['node:*'], types: [CONTRACT] },
  { from: `${SERVER}record/`, to: ['node:fs', 'node:fs/promises', 'node:path'], types: [CONTRACT] },
  {
    from: `${SERVER}loader/`,
    to: [...server('guests/', 'config/', 'record/'), '@tsgi/gateways', 'node:*'],
    types: [CONTRACT],
  },
  {
    from: `${SERVER}worker/`,
    to: [...server('http1/', 'log/', 'proxy/', 'config/', 'ipc/', 'connection/', 'loader/', 'rates/'), 'node:*'],
    types: [CONTRACT],
  },
  // The master never loads the application and never sees HTTP.
  {
    from: `${SERVER}master/`,
    to: [
      ...server('config/', 'ipc/', 'rates/'),
      ...['node:child_process', 'node:crypto', 'node:net', 'node:fs', 'node:dns/promises', 'node:util'],
    ],
    types: server('log/'),
  },
  {
    from: `${SERVER}cli/`,
    to: [
      ...server('master/', 'worker/', 'loader/', 'connection/', 'config/', 'ipc/', 'log/', 'record/'),
      ...[CONTRACT, '@tsgi/contract/testing', COMMAND, 'node:*'],
    ],
  },
  {
    from: `${SERVER}serve.ts`,
    to: [
      ...server('config/', 'connection/', 'proxy/', 'log/', 'ipc/', 'rates/', 'master/unix-socket.ts'),
      ...['@tsgi/gateways', 'node:fs', 'node:worker_threads'],
    ],
    types: [CONTRACT],
  },
  { from: `${SERVER}index.ts`, to: [SERVER, '@tsgi/gateways'] },
  { from: `${SERVER}fetch.ts`, to: ['@tsgi/gateways'] },
  { from: `${SERVER}node.ts`, to: ['@tsgi/gateways'] },
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
