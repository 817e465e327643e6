/**
 * The real command and gunicorn, each with the same Python application on a port of the loopback, and requests as octets. Knows how
 * both are started; knows no framework.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'

const TSGI = new URL('../../../packages/server/bin/tsgi.js', import.meta.url).pathname
const SITE = new URL('fixtures/site.ts', import.meta.url).pathname

export interface Running {
  readonly port: number
  readonly stop: () => Promise<void>
}

export interface Guest {
  readonly spec: string
  readonly chdir: string
  readonly python: string
  readonly env?: Readonly<Record<string, string>>
}

export function startTsgi(guest: Guest): Promise<Running> {
  const env = { GUEST_SPEC: guest.spec, GUEST_CHDIR: guest.chdir, GUEST_PYTHON: guest.python, ...guest.env }
  return start(
    (port) => [process.execPath, TSGI, 'serve', `${SITE}:application`, '--bind', `127.0.0.1:${port}`],
    env,
    '.',
  )
}

export function startGunicorn(guest: Guest): Promise<Running> {
  const command = (port: number) => [
    guest.python,
    '-m',
    'gunicorn',
    '--bind',
    `127.0.0.1:${port}`,
    '--log-level=error',
    guest.spec,
  ]
  return start(command, guest.env ?? {}, guest.chdir)
}

async function start(
  command: (port: number) => readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Running> {
  const port = await freePort()
  const [program = '', ...args] = command(port)
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text
    })
  }
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ${args.join(' ')} ended with ${child.exitCode}: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { port, stop: () => stop(child) }
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  child.kill('SIGTERM')
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

/** Chosen by the system, so that tests side by side do not meet. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function answers(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer !== undefined
}

export interface RawAnswer {
  readonly status: string
  /** `name: value`, names in lower case, in the order of their names. */
  readonly headers: readonly string[]
  readonly body: string
}

/** Sends a request as octets and takes the answer apart; chunks are joined. */
export async function ask(port: number, request: string): Promise<RawAnswer> {
  const text = await exchange(port, request)
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...fields] = text.slice(0, end).split('\r\n')
  const headers = fields.map((field) => field.replace(/^[^:]+/, (name) => name.toLowerCase())).sort()
  const isChunked = headers.some((field) => /^transfer-encoding: *chunked$/.test(field))
  const body = text.slice(end + 4)
  return { status: line.replace(/^HTTP\/1\.\d /, ''), headers, body: isChunked ? joinChunks(body) : body }
}

function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const parts: Buffer[] = []
    // Octets, since no encoding is set.
    socket.on('data', (part) => parts.push(part as Buffer))
    socket.on('error', (error) => (parts.length > 0 ? resolve(Buffer.concat(parts).toString('latin1')) : reject(error)))
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
    socket.write(request, 'latin1')
  })
}

function joinChunks(text: string): string {
  let joined = ''
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, line), 16)
    if (line === -1 || !(size > 0)) return joined
    joined += text.slice(line + 2, line + 2 + size)
    at = line + 4 + size
  }
}
