/**
 * A Python application on a real socket: `fromPythonWsgi` behind `validate()` behind the node gateway. Finds an
 * interpreter that has what a test needs; knows no framework.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ErrorStream, validate } from '@tsgi/contract'
import { onTestFinished } from 'vitest'
import { toNodeListener } from '../../../packages/gateways/src/node.ts'
import {
  fromPythonWsgi,
  type PythonApplication,
  type PythonOptions,
} from '../../../packages/server/src/guests/python-wsgi.ts'
import { exchangeRaw } from '../../support/raw-client.ts'

export const FIXTURES: string = new URL('fixtures', import.meta.url).pathname

/** The first interpreter that can import all of `modules`: Debian's packages are not seen by every `python3`. */
export function findPython(...modules: string[]): string | undefined {
  const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3'].filter((name) => name !== undefined)
  const program = `import ${['sys', ...modules].join(', ')}`
  return candidates.find((name) => spawnSync(name, ['-c', program], { stdio: 'ignore' }).status === 0)
}

/** What a skipped test is called, so that a run without Python says so by name. */
export function skipReason(...modules: string[]): string {
  return `SKIPPED: no python3 that imports ${modules.join(', ') || 'anything'} (apt-get install ${['python3', ...modules.map((name) => `python3-${name}`)].join(' ')}, or set PYTHON)`
}

/** An errors stream that can be waited at. */
export class Log implements ErrorStream {
  text = ''
  #waiting: { pattern: RegExp; resolve: () => void }[] = []

  write(text: string): void {
    this.text += text
    this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
      if (!pattern.test(this.text)) return true
      resolve()
      return false
    })
  }

  writelines(lines: Iterable<string>): void {
    for (const line of lines) this.write(line)
  }

  flush(): void {}

  /** Resolves when the log holds `pattern`. */
  waitFor(pattern: RegExp): Promise<void> {
    if (pattern.test(this.text)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }))
  }
}

export interface PythonServer {
  readonly url: string
  readonly port: number
  /** What the processes write, and what is said of them. */
  readonly log: Log
  /** What the server says of requests that failed. */
  readonly faults: Log
  /** The targets of the requests that have been handed over, a line each. */
  readonly arrived: Log
  readonly application: PythonApplication
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  readonly text: (path: string, init?: RequestInit) => Promise<string>
  /** Sends octets and resolves to all that comes back, as latin-1 text. */
  readonly raw: (request: string) => Promise<string>
  readonly close: () => Promise<void>
}

export async function servePython(spec: string, options: PythonOptions = {}): Promise<PythonServer> {
  const log = new Log()
  const python = options.python ?? findPython() ?? 'python3'
  const application = fromPythonWsgi(spec, { python, chdir: FIXTURES, errors: log, ...options })
  const arrived = new Log()
  const faults = new Log()
  const server = createServer(toNodeListener(validate(application), { errors: faults }))
  server.on('request', (request) => arrived.write(`${request.url}\n`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server has an address of this kind
  const url = `http://127.0.0.1:${port}`
  const get = (path: string, init?: RequestInit) => fetch(url + path, init)
  return {
    url,
    port,
    log,
    faults,
    arrived,
    application,
    fetch: get,
    text: async (path, init) => (await get(path, init)).text(),
    raw: (request) => exchangeRaw(port, request),
    close: () => closeAll(server, application),
  }
}

/** The same for one test, closed after it. */
export async function servePythonForTest(spec: string, options: PythonOptions = {}): Promise<PythonServer> {
  const server = await servePython(spec, options)
  onTestFinished(() => server.close())
  return server
}

/** A folder of its own, gone after the test. */
export function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A request that a process is working on until it is let go. */
export interface Held {
  readonly answer: Promise<Response>
  readonly letGo: () => void
}

/** Resolves when a process has begun it. For `probe:unchecked`. */
export async function hold(server: PythonServer): Promise<Held> {
  const until = join(folderForTest(), 'let-go')
  const answer = server.fetch(`/hold?until=${encodeURIComponent(until)}`)
  await server.log.waitFor(new RegExp(`holds ${until}`))
  return { answer, letGo: () => writeFileSync(until, '') }
}

async function closeAll(server: Server, application: PythonApplication): Promise<void> {
  server.closeAllConnections()
  await Promise.all([new Promise((resolve) => server.close(resolve)), application.close()])
}
