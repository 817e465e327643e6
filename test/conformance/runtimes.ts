/** Bun, Deno and workerd with the conformance application, each its real binary; and what each of them lacks. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Target } from '@tsgi/conformance'
import { build } from 'esbuild'
import { ROOT } from '../support/command.ts'
import type { OpenTarget } from './targets.ts'

const FOLDER = join(import.meta.dirname, 'runtimes')

/** Installs the runtimes where they are missing. @returns false where they cannot be had. */
export function installRuntimes(): boolean {
  if (existsSync(join(FOLDER, 'node_modules/deno'))) return true
  try {
    execFileSync('npx', ['pnpm@12', 'install', '--frozen-lockfile'], {
      cwd: FOLDER,
      env: { ...process.env, npm_config_yes: 'true' },
      stdio: 'pipe',
    })
    return true
  } catch {
    return false
  }
}

const NORMALISED = 'the platform normalises a URL before the handler sees it'
const NO_SOCKET = 'a fetch handler has no connection'
const NO_TRAILERS = 'a Request and a Response have no trailers'
const FETCH = {
  'absolute-form': NORMALISED,
  'raw-target': NORMALISED,
  'C25-2': 'a Request does not tell the version of HTTP',
  'C44-3': 'the platform answers 100 by itself',
  'C55-1': 'the platform writes reason phrases itself',
  'C55-2': 'the platform writes reason phrases itself',
  'get-body': 'a Request with GET has no body',
  files: 'this target has no files',
  'trailers-in': NO_TRAILERS,
  'trailers-out': NO_TRAILERS,
  upgrade: NO_SOCKET,
}

const BUN = {
  ...FETCH,
  'C92-6': 'Bun reads a trailer section of any length, and drops it',
  'asterisk-form': 'Bun answers 400 to OPTIONS *',
  'C11-3': 'Bun closes the connection for a method in lower case',
  'C15-6': 'Bun cuts a fragment off',
  'K-7b': 'Bun takes the first of two Host fields',
}

const DENO = {
  ...FETCH,
  'C92-6': 'Deno goes on reading a trailer section of any length',
  'C13-2': 'Deno makes /* of *',
  'C15-6': 'Deno cuts a fragment off',
  'C70-1b': 'Deno does not end a 205',
  'C83-7': 'Deno ends the connection of HTTP/1.0 as if the response were whole',
  'K-7a': 'Deno takes a request without Host',
}

/** @param program a file of `runtimes/`. */
export function openBun(program = 'bun.ts'): Promise<OpenTarget> {
  return open(binary('bun', `@oven/bun-linux-${process.arch}`, 'bin/bun'), [join(FOLDER, program)], BUN)
}

/** Of a package that brings one per platform. pnpm links those beside the real folder of the package. */
function binary(name: string, platform: string, path: string): string {
  const require = createRequire(realpathSync(join(FOLDER, `node_modules/${name}/package.json`)))
  return join(dirname(require.resolve(`${platform}/package.json`)), path)
}

export function openDeno(program = 'deno.ts'): Promise<OpenTarget> {
  // The program itself: the script of the package starts it as a child, which would outlive a signal.
  const deno = binary('deno', `@deno/linux-${process.arch}-glibc`, 'deno')
  return open(deno, ['run', '--allow-all', join(FOLDER, program)], DENO)
}

async function open(program: string, words: readonly string[], lacks: Target['lacks']): Promise<OpenTarget> {
  const child = spawn(program, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text) => {
    log += text
  })
  let port: string | undefined
  let said = ''
  while (port === undefined) {
    const [text] = await Promise.race([once(child.stdout, 'data'), exited(child, () => log)])
    said += text
    port = /port (\d+)/.exec(said)?.[1]
  }
  const target: Target = {
    url: `http://127.0.0.1:${port}`,
    mount: '/site',
    log: () => log,
    ...(lacks === undefined ? {} : { lacks }),
  }
  return { target, close: () => end(child) }
}

async function exited(child: ChildProcess, log: () => string): Promise<never> {
  await once(child, 'exit')
  throw new Error(`it ended before it listened: ${log()}`)
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

const { 'get-body': _, 'C44-3': __, 'C55-2': ___, ...COMMON } = FETCH
const WORKERD = {
  ...COMMON,
  'C77-2': 'workerd neither reads the stream on nor cancels it where its client has left',
  'latin-1': 'header values arrive as U+FFFD and leave as UTF-8',
  'remote-address': 'workerd does not tell the address of the client',
  'repeated-cookie': 'workerd joins two Cookie fields with a comma',
  'abort-before-head': 'workerd cancels the context instead',
  'C13-2': 'workerd makes / of *',
  'C13-3': 'workerd makes / of *',
  'C15-6': 'workerd cuts a fragment off',
  'C65-1': 'workerd sends no Date; the network in front of it does',
  'C65-2': 'workerd sends no Date; the network in front of it does',
  'C65-4': 'workerd sends every stream in chunks',
  'C71-1': 'workerd sends every stream in chunks',
  'C83-7': 'workerd ends the connection of HTTP/1.0 as if the response were whole',
  'K-7b': 'workerd answers 500 to two Host fields',
}

/** As `workerd serve`, without a compatibility flag but for the signal of a request. */
export async function openWorkerd(lacks: Target['lacks'] = WORKERD, worker = 'workerd.ts'): Promise<OpenTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-workerd-'))
  await build({
    ...{ entryPoints: [join(FOLDER, worker)], outfile: join(folder, 'worker.js'), bundle: true, format: 'esm' },
    ...{ platform: 'neutral', conditions: ['workerd', 'worker'], logLevel: 'error' },
  })
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    compatibilityDate = "2026-01-01", compatibilityFlags = ["enable_request_signal"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`,
  )
  const words = ['serve', join(folder, 'config.capnp'), '--control-fd=3']
  const program = binary('workerd', '@cloudflare/workerd-linux-64', 'bin/workerd')
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (log += text))
  const [line] = await Promise.race([once(child.stdio[3] ?? child, 'data'), exited(child, () => log)])
  const { port } = JSON.parse(String(line)) as { readonly port: number }
  return {
    target: {
      url: `http://127.0.0.1:${port}`,
      mount: '/site',
      log: () => log,
      ...(lacks === undefined ? {} : { lacks }),
    },
    async close() {
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
