/**
 * Starts the real command and the servers that it is compared with: reads what they print, asks them over real sockets,
 * and always ends them.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const COMMAND = join(ROOT, 'packages/server/bin/tsgi.js')

const running = new Set<Command>()
const folders = new Set<string>()

/** Ends what a test left running; call once per test file. */
export function endCommandsAfterEach(): void {
  afterEach(async () => {
    for (const command of running) await command.kill()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    folders.clear()
  })
}

/** A folder of its own with these files in it. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
  folders.add(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdio?: StdioOptions
  /** Another file in the place of the workspace's command. */
  readonly bin?: string
  /** Another program in the place of node, and its arguments before ours. */
  readonly through?: readonly string[]
}

/** `tsgi <words>`. */
export function tsgi(words: readonly string[], options: CommandOptions = {}): Command {
  const [program = process.execPath, ...before] = options.through ?? [process.execPath]
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env
  const child = spawn(
    program,
    [...before, ...(options.through ? [process.execPath] : []), options.bin ?? COMMAND, ...words],
    {
      cwd: options.cwd ?? ROOT,
      env: { ...env, ...options.env },
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
    },
  )
  return new Command(child)
}

/** Another program, such as a server to compare with. */
export function program(words: readonly string[], options: Pick<CommandOptions, 'cwd' | 'env'>): Command {
  const [name = '', ...args] = words
  const env = { ...process.env, ...options.env }
  return new Command(spawn(name, args, { cwd: options.cwd ?? ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** `tsgi serve <words>` on a free port of this machine, once it says that it listens. */
export async function serving(words: readonly string[], options: CommandOptions = {}): Promise<Command> {
  const command = tsgi(['serve', ...words], options)
  await command.printed(/Listening at/)
  return command
}

export class Command {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly #exit: Promise<{ readonly code: number | null; readonly signal: string | null }>
  #watchers: (() => void)[] = []

  constructor(child: ChildProcess) {
    this.child = child
    running.add(this)
    child.stdout?.on('data', (octets) => {
      this.stdout += octets
      for (const watch of this.#watchers) watch()
    })
    child.stderr?.on('data', (octets) => {
      this.stderr += octets
      for (const watch of this.#watchers) watch()
    })
    this.#exit = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(this)
        resolve({ code, signal })
        for (const watch of this.#watchers) watch()
      })
    })
  }

  /** Standard output and standard error, one after the other. */
  get output(): string {
    return this.stdout + this.stderr
  }

  /** `http://127.0.0.1:PORT`, of the first address. */
  get url(): string {
    return /Listening at (http\S+)/.exec(this.output)?.[1] ?? ''
  }

  get urls(): string[] {
    return [...this.output.matchAll(/Listening at (\S+)/g)].map((found) => found[1] ?? '')
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** Ids of the workers that said they were ready, oldest first. */
  get workers(): number[] {
    return [...this.output.matchAll(/worker (\d+) is ready/g)].map((found) => Number(found[1]))
  }

  /** The id of the worker that became ready as number `index`, from 0; waits until there is one. */
  async worker(index: number): Promise<number> {
    const [, pid] = await this.printed(/worker (\d+) is ready/, index + 1)
    // 0 would mean the whole process group, this test included.
    if (pid === undefined) throw new Error('there is no such worker')
    return Number(pid)
  }

  /** Resolves with the match as soon as the output has it `times` times; rejects if the command ends without. */
  printed(pattern: RegExp, times = 1): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        const found = [...this.output.matchAll(new RegExp(pattern, `${pattern.flags}g`))][times - 1]
        if (found !== undefined) resolve(found)
        else if (this.child.exitCode !== null || this.child.signalCode !== null) {
          reject(new Error(`ended without printing ${pattern} ${times} times:\n${this.output}`))
        } else return
        this.#watchers = this.#watchers.filter((other) => other !== watch)
      }
      this.#watchers.push(watch)
      watch()
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  exit(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    return this.#exit
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exit
  }
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** One request on a connection of its own, unless an agent keeps it. */
export function ask(url: string | http.RequestOptions, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const whole = typeof url === 'string' ? options : { ...url, ...options }
    const done = (response: http.IncomingMessage) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.on('error', reject)
    }
    const request = typeof url === 'string' ? http.get(url, { agent: false, ...whole }, done) : http.get(whole, done)
    request.on('error', reject)
  })
}
