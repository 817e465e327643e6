/**
 * The packages as a registry would hold them: packed by pnpm from a copy of their folders, so that runs beside each other
 * share no `dist`. Keeps what it packed under a hash of the sources: the same sources are packed once.
 */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ROOT } from './command.ts'
import { pnpm } from './pnpm.ts'

export interface PackedPackage {
  /** `@tsgi/server` */
  readonly name: string
  readonly version: string
  /** The manifest inside of the tarball. */
  readonly manifest: PackedManifest
  /** Where the tarball lies. */
  readonly tarball: string
  /** What it holds: path inside of the package → content. */
  readonly files: ReadonlyMap<string, Buffer>
}

export interface PackedManifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

/** What a tarball depends on, beside the folders of the packages. */
const GROUND = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', 'tsconfig.base.json', 'LICENSE', 'scripts']

/** Packs every package of `packages/`, or finds what an earlier run packed of the same sources. */
export function packPackages(): PackedPackage[] {
  const kept = join(ROOT, 'node_modules/.cache/packed', sourceHash())
  if (!existsSync(kept)) pack(kept)
  return globSync('*.tgz', { cwd: kept })
    .sort()
    .map((tarball) => readTarball(join(kept, tarball)))
}

function sourceHash(): string {
  const hash = createHash('sha256')
  const sources = globSync([...GROUND, 'scripts/*', 'packages/**/*'], {
    cwd: ROOT,
    withFileTypes: true,
    exclude: (entry) => entry.name === 'node_modules' || entry.name === 'dist' || entry.name === '__pycache__',
  })
  for (const path of sources
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash
      .update(`${path.slice(ROOT.length)}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 32)
}

/** Packs into a folder beside `kept` and renames it: of two that run at once, one wins, and neither sees half a folder. */
function pack(kept: string): void {
  mkdirSync(join(kept, '..'), { recursive: true })
  const copy = mkdtempSync(join(tmpdir(), 'tsgi-pack-'))
  const made = mkdtempSync(`${kept}-`)
  try {
    forgetOld(join(kept, '..'))
    for (const name of [...GROUND, 'packages'].filter((each) => existsSync(join(ROOT, each)))) {
      const filter = (path: string): boolean => !/\/(dist|__pycache__)$/.test(path)
      cpSync(join(ROOT, name), join(copy, name), { recursive: true, verbatimSymlinks: true, filter })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    for (const folder of globSync('packages/*', { cwd: copy })) {
      pnpm(['pack', '--pack-destination', made], join(copy, folder))
    }
    if (!existsSync(kept)) renameSync(made, kept)
  } finally {
    rmSync(copy, { recursive: true, force: true })
    rmSync(made, { recursive: true, force: true })
  }
}

const KEPT_FOR_MS = 24 * 3600_000

function forgetOld(folder: string): void {
  for (const entry of readdirSync(folder).map((name) => join(folder, name))) {
    if (Date.now() - statSync(entry).mtimeMs > KEPT_FOR_MS) rmSync(entry, { recursive: true, force: true })
  }
}

function readTarball(tarball: string): PackedPackage {
  const files = readTar(gunzipSync(readFileSync(tarball)))
  const manifest = JSON.parse(files.get('package.json')?.toString() ?? '{}') as PackedManifest
  return { name: manifest.name, version: manifest.version, manifest, tarball, files }
}

const BLOCK_BYTES = 512

/** The regular files of a tar archive (POSIX.1-2001 ustar), without the leading `package/`. */
function readTar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const text = (start: number, end: number): string => archive.toString('utf8', start, end).replace(/\0.*$/s, '')
  for (let at = 0; at + BLOCK_BYTES <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136).trim(), 8)
    const type = text(at + 156, at + 157)
    const prefix = text(at + 345, at + 500)
    const name = `${prefix === '' ? '' : `${prefix}/`}${text(at, at + 100)}`.replace(/^[^/]*\//, '')
    const start = at + BLOCK_BYTES
    if (type === '0' || type === '') files.set(name, archive.subarray(start, start + size))
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
  }
  return files
}

/** The name under which a registry serves a tarball: `server-0.1.0.tgz`. */
export function tarballName({ tarball }: PackedPackage): string {
  return basename(tarball)
}
