/**
 * A contender as a process of its own, pinned to one core: started, waited for, measured from outside, ended.
 * Knows command lines and /proc; knows neither load nor what is compared. Linux only.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSeconds, privateOctets, proportionalOctets } from './process-tree.ts'

export interface Contender {
  readonly name: string
  readonly version: string
  /** It speaks TLS: that it listens is all that is looked at. */
  readonly isSecure?: boolean
  /** The command that listens at a port of the loopback, in the foreground. */
  command(start: Start): readonly string[]
}

export interface Start {
  readonly port: number
  /** A folder of this process alone, removed when it ends. */
  readonly folder: string
}

/** Cores, by number: of two, one serves and one asks. `all`: wherever the kernel likes. */
export type Core = number | 'all'
export const SERVER_CORE = 1
export const LOAD_CORE = 0

/** None of them outlives us, however we end. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill()
})

/** A contender that answers. */
export class Running {
  readonly contender: Contender
  readonly port: number
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(contender: Contender, child: ChildProcess, start: Start) {
    this.contender = contender
    this.#child = child
    this.port = start.port
    this.#folder = start.folder
    alive.add(child)
  }

  /** @throws Error with what it said when it does not come to answer. */
  static async start(contender: Contender, core: Core = SERVER_CORE): Promise<Running> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'))
    const start = { port: await freePort(), folder }
    const [command = '', ...args] = pinned(core, contender.command(start))
    const output = openSync(join(folder, 'output'), 'w')
    const env = { ...process.env, NODE_ENV: 'production', PORT: String(start.port) }
    const child = spawn(command, args, { stdio: ['ignore', output, output], env })
    closeSync(output)
    const running = new Running(contender, child, start)
    try {
      await running.#answers()
    } catch (error) {
      const said = readFileSync(join(folder, 'output'), 'utf8').trim()
      await running.stop()
      throw new Error(`${contender.name}: ${error instanceof Error ? error.message : error}\n${said}`)
    }
    return running
  }

  /** Seconds of user and system time, with all processes it has started. */
  get cpuSeconds(): number {
    return cpuSeconds(this.#child.pid ?? 0)
  }

  /** Octets of memory that are nobody else's, with all processes it has started. */
  get memory(): number {
    return privateOctets(this.#child.pid ?? 0)
  }

  /** Octets of memory with its share of what others use too (PSS), with all processes it has started. */
  get sharedMemory(): number {
    return proportionalOctets(this.#child.pid ?? 0)
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(impatience)
    }
    alive.delete(child)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    for (let tries = 0; tries < 3000; tries++) {
      if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}`)
      if (this.contender.isSecure === true ? await accepts(this.port) : await answers(this.url('/'))) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error('does not answer')
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer !== undefined
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** A command bound to one core. */
export function pinned(core: Core, command: readonly string[]): readonly string[] {
  return core === 'all' ? command : ['taskset', '-c', String(core), ...command]
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
