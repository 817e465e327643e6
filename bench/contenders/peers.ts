/**
 * Who is compared, by name, version and command line. A peer that is not installed has no version and will not start.
 * Both are looked for when they are needed, and not at import: the contenders may be installed in between.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Contender } from '../harness/contender.ts'

/** `script` is a file beside this one, such as `hello/koa.mjs`. */
export function onNode(name: string, script: string, version?: string): Contender {
  return {
    name,
    get version() {
      return version ?? versionOf(name)
    },
    command: () => [process.execPath, pathOf(script)],
  }
}

export function nodeHttp(script: string): Contender {
  return onNode('node:http', script, process.versions.node)
}

/** `tsgi serve`, one worker if nothing else is said. @param target `hello/tsgi.ts:application` */
export function tsgi(name: string, target: string, ...flags: readonly string[]): Contender {
  const bin = pathOf('../../packages/server/bin/tsgi.js')
  const command = (port: number) => [
    bin,
    'serve',
    pathOf(target),
    '--bind',
    `127.0.0.1:${port}`,
    '--control-socket',
    'off',
    ...flags,
  ]
  return { name, version: 'this', command: ({ port }) => [process.execPath, ...command(port)] }
}

export function bun(script: string): Contender {
  const path = () => binary('bun', `@oven/bun-linux-${process.arch}`, 'bin/bun')
  return {
    name: 'Bun.serve',
    get version() {
      return versionOf('bun')
    },
    command: () => [path(), pathOf(script)],
  }
}

export function deno(script: string): Contender {
  const path = () => binary('deno', `@deno/linux-${process.arch}-glibc`, 'deno')
  return {
    name: 'Deno.serve',
    get version() {
      return versionOf('deno')
    },
    command: () => [path(), 'run', '-A', '--no-check', pathOf(script)],
  }
}

/** One nginx worker. @param location what stands in the `server` block. */
export function nginx(location: string): Contender {
  const version = /nginx\/(\S+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '')?.[1] ?? 'missing'
  return {
    name: 'nginx',
    version,
    command({ port, folder }) {
      writeFileSync(join(folder, 'nginx.conf'), nginxConfig(port, folder, location))
      return ['nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]
    },
  }
}

/** The version that is installed here or at the root. */
export function versionOf(name: string): string {
  try {
    return JSON.parse(readFileSync(packageFile(name), 'utf8')).version
  } catch {
    return 'missing'
  }
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(script, import.meta.url))
}

/**
 * A binary comes in a package for the platform, on which the package with the name depends.
 * @throws Error where it did not come: an optional dependency may be missing without a word.
 */
function binary(name: string, platform: string, path: string): string {
  try {
    const from = createRequire(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return join(dirname(from.resolve(`${platform}/package.json`)), path)
  } catch (error) {
    throw new Error(`its binary, from the package ${platform}, is not installed: pnpm install in bench/`, {
      cause: error,
    })
  }
}

/** Not every package lets its package.json be resolved by name. */
function packageFile(name: string): string {
  const require = createRequire(import.meta.url)
  const folders = require.resolve.paths(name) ?? []
  for (const folder of folders) {
    try {
      const file = join(folder, name, 'package.json')
      readFileSync(file)
      return file
    } catch {
      // In the next one, then.
    }
  }
  throw new Error(`${name} is not installed`)
}

function nginxConfig(port: number, folder: string, location: string): string {
  return `
    daemon off;
    worker_processes 1;
    pid ${folder}/nginx.pid;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 8192; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 1000000000;
      types { text/html html; text/plain txt; application/octet-stream bin; }
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      server { listen 127.0.0.1:${port}; ${location} }
    }`
}
