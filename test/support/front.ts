/**
 * Real proxies for tests: starts nginx, HAProxy and others with a recipe of `examples/deploy` on an address of its own,
 * and always ends them. The recipe stays as it is but for addresses, ports and the paths of certificates.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ROOT } from './command.ts'

export const HOST = 'shop.example'

/** A loopback address that no other test listens on, so that any port of it is free. Linux has all of 127.0.0.0/8. */
export function ownAddress(): string {
  const byte = () => 1 + Math.floor(Math.random() * 253)
  return `127.${10 + Math.floor(Math.random() * 200)}.${byte()}.${byte()}`
}

/** A folder that programs of other users can read too. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-front-'))
  chmodSync(folder, 0o755)
  return folder
}

export function hasProgram(name: string): boolean {
  return spawnSync(name, ['-v'], { stdio: 'ignore' }).error === undefined
}

/** A certificate of `shop.example`; `.pem` of HAProxy and lighttpd holds both. */
export function makeCertificate(folder: string, name = HOST): { cert: string; key: string; both: string } {
  const [cert, key, both] = ['cert.pem', 'key.pem', 'both.pem'].map((file) => join(folder, `${name}.${file}`))
  if (cert === undefined || key === undefined || both === undefined) throw new Error('three names make three paths')
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  writeFileSync(both, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'))
  for (const file of [cert, key, both]) chmodSync(file, 0o644)
  return { cert, key, both }
}

/** The text of a recipe with every pair replaced, each of which must be there. */
export function recipe(path: string, edits: Readonly<Record<string, string>>): string {
  let text = readFileSync(join(ROOT, 'examples/deploy', path), 'utf8')
  for (const [from, to] of Object.entries(edits)) {
    if (!text.includes(from)) throw new Error(`${path} does not have ${JSON.stringify(from)}`)
    text = text.replaceAll(from, to)
  }
  return text
}

export interface Place {
  readonly folder: string
  readonly address: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly cert: string
  readonly key: string
  readonly both: string
}

export class Front {
  readonly place: Place
  readonly #child: ChildProcess
  readonly #log: string

  private constructor(place: Place, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.place = place
    const [program = '', ...words] = command
    // A file, for a program that opens /dev/stderr by name: that fails on the socket which Node calls a pipe.
    this.#log = join(place.folder, `${program}.log`)
    const log = openSync(this.#log, 'a')
    this.#child = spawn(program, words, {
      cwd: place.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#child.on('error', () => undefined)
  }

  get output(): string {
    return readFileSync(this.#log, 'utf8')
  }

  /** Resolves when every port takes connections. @throws Error with all that the program printed, if it ends before. */
  static async start(
    place: Place,
    command: readonly string[],
    ports: readonly number[] = [place.httpPort, place.httpsPort],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Front> {
    const front = new Front(place, command, env)
    for (const port of ports) {
      while (!(await takesConnections(place.address, port))) {
        if (front.#child.exitCode !== null || front.#child.pid === undefined)
          throw new Error(`${command[0]} ended: ${front.output}`)
        await wait(20)
      }
    }
    return front
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    // A master that is killed leaves its workers behind: asked first, and waited for.
    this.#child.kill('SIGTERM')
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(impatience)
  }
}

function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** nginx with what a server block needs around it. @param blocks the text of `/etc/nginx/conf.d/*.conf`. */
export function nginxCommand(place: Place, blocks: string, extra = ''): string[] {
  const { folder } = place
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const http = `http { access_log off; ${paths.join(' ')} ${extra}\n${blocks}\n}`
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; ${user} error_log stderr warn;\nevents { worker_connections 512; }\n${http}\n`,
  )
  return ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
}

/** Apache with the modules that a recipe asks for. */
export function apacheCommand(place: Place, modules: readonly string[], site: string): string[] {
  const { folder } = place
  const all = ['mpm_event', 'authz_core', ...modules]
  const loads = all.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  const lines = [
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${folder}/apache.pid`,
    'ErrorLog /dev/stderr',
    `ServerName ${HOST}`,
    ...loads,
  ]
  writeFileSync(join(folder, 'apache.conf'), `${lines.join('\n')}\n${site}\n`)
  return ['apache2', '-d', folder, '-f', join(folder, 'apache.conf'), '-DFOREGROUND']
}

/** HAProxy: one process, in the foreground. */
export function haproxyCommand(place: Place, text: string): string[] {
  writeFileSync(join(place.folder, 'haproxy.cfg'), text)
  return ['haproxy', '-db', '-f', join(place.folder, 'haproxy.cfg')]
}

export function lighttpdCommand(place: Place, text: string): string[] {
  const { folder, address, httpPort } = place
  const own = [
    `server.document-root = "${folder}"`,
    `server.bind = "${address}"`,
    `server.port = ${httpPort}`,
    `server.upload-dirs = ( "${folder}" )`,
    'server.errorlog = "/dev/stderr"',
  ]
  writeFileSync(join(folder, 'lighttpd.conf'), `${own.join('\n')}\n${text}\n`)
  return ['lighttpd', '-D', '-f', join(folder, 'lighttpd.conf')]
}
