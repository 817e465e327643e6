/**
 * One Python process: how it is started, asked where it hangs, and ended. Its connections carry the requests. Knows
 * child processes and the bridge's arguments; which request goes where is the dispatcher's, whether it is replaced the
 * supervisor's.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Duplex, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type ConnectionOwner, WorkerConnection } from './connection.ts'
import { PythonStartError } from './errors.ts'
import { onLine } from './log-lines.ts'
import type { PythonSettings } from './options.ts'

const BRIDGE = fileURLToPath(new URL('../../../python/tsgi_bridge.py', import.meta.url))

/** The descriptor by which a process tells that it is ready, and sees that its front is gone. */
const CONTROL = 3

/**
 * Requests that may be outstanding in a process: nobody but one that is alone could take what waits in it, so more may;
 * others would perhaps be free earlier.
 */
const DEPTH_ALONE = 8
const DEPTH = 2

export interface ProcessOwner extends ConnectionOwner {
  /** The process asks to be given nothing more (SIGTERM). */
  retiring(process: PythonProcess): void
  /** The process is gone. `how` is for the log: `exit code 1`, `SIGKILL`. */
  exited(process: PythonProcess, how: string): void
  log(line: string): void
}

/** What a process says of itself: that the application is loaded, or could not be; later, that it has been told to leave. */
interface Report {
  readonly ready?: boolean
  readonly failed?: string
  readonly traceback?: string
  readonly retiring?: boolean
  readonly executable?: string
  readonly version?: string
}

export class PythonProcess {
  readonly #child: ChildProcess
  readonly #settings: PythonSettings
  readonly #owner: ProcessOwner
  readonly #exit = Promise.withResolvers<string>()
  readonly #report = Promise.withResolvers<Report | undefined>()
  connections: readonly WorkerConnection[] = []
  /** What has been decided about it: it asked to leave, it hangs, it is ended by us. */
  verdict: 'none' | 'retiring' | 'suspect' | 'ended' = 'none'
  readonly startedAt = performance.now()

  constructor(settings: PythonSettings, socket: string, owner: ProcessOwner) {
    this.#settings = settings
    this.#owner = owner
    const { application, threads, path } = settings
    const argument = { application, threads, path, socket, control: CONTROL }
    const multiprocess = settings.processes > 1
    this.#child = spawn(settings.python, [BRIDGE, JSON.stringify({ ...argument, multiprocess })], {
      cwd: settings.chdir,
      env: { ...process.env, ...settings.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#listen(this.#child.stdio[CONTROL] as Duplex) // a pipe, as asked for above
    this.#child.on('exit', (code, signal) => this.#exited(signal ?? `exit code ${code}`))
    this.#child.on('error', (error) => this.#exit.resolve(error.message))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) onLine(stream, (line) => owner.log(`[python ${this.pid}] ${line}`))
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when it is gone. */
  get gone(): Promise<unknown> {
    return this.#exit.promise
  }

  /** Has it write where each of its threads is, to the log. */
  dump(): void {
    this.#child.kill('SIGQUIT')
  }

  kill(): void {
    this.verdict = 'ended'
    this.#child.kill('SIGKILL')
  }

  /** Ends it at once, to be replaced. */
  destroy(): void {
    this.#child.kill('SIGKILL')
  }

  /** Ends it, its connections being idle; it runs its `atexit` functions. */
  end(): void {
    this.verdict = 'ended'
    this.leave()
  }

  /** The same for one that asked for it, and is to be replaced. */
  leave(): void {
    for (const connection of this.connections) connection.end()
    this.#child.stdio[CONTROL]?.destroy()
  }

  #listen(control: Duplex): void {
    onLine(control, (line) => {
      const report = JSON.parse(line) as Report // written by our own bridge
      if (report.retiring === true) this.#owner.retiring(this)
      else this.#report.resolve(report)
    })
    control.on('close', () => this.#report.resolve(undefined))
  }

  /** Resolves when the application is loaded and every thread can be reached. @throws PythonStartError */
  async connect(socket: string): Promise<void> {
    const { processes, threads, startTimeout, chdir } = this.#settings
    if (!existsSync(chdir)) throw new PythonStartError(`there is no folder ${chdir} to change to`)
    const late = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => late.resolve('late'), startTimeout || 2 ** 31 - 1)
    const report = await Promise.race([this.#report.promise, late.promise, this.#exit.promise])
    clearTimeout(timer)
    // A process that has failed says so before it exits, but the exit may be seen first.
    const said = typeof report === 'string' && report !== 'late' ? await this.#report.promise : report
    if (typeof said !== 'object' || said.ready !== true) throw await this.#startError(said)
    const depth = threads === 1 && processes === 1 ? DEPTH_ALONE : DEPTH
    const opening = Array.from({ length: threads }, () => WorkerConnection.open(socket, this.#owner, depth))
    this.connections = await Promise.all(opening)
    this.#unref()
  }

  async #startError(report: Report | string | undefined): Promise<PythonStartError> {
    const { application, python, chdir, startTimeout } = this.#settings
    if (this.#child.pid === undefined) {
      const why = await this.#exit.promise
      const hint = 'activate a virtual environment, or name an interpreter with --python'
      return new PythonStartError(`cannot run ${python} (${why}): ${hint}`)
    }
    if (report === 'late') {
      this.dump()
      return new PythonStartError(`${application} was not loaded within ${startTimeout / 1000} s by ${python}`)
    }
    if (typeof report !== 'object') {
      const why = await this.#exit.promise
      return new PythonStartError(
        `cannot load ${application} with ${python}: it ended with ${why}; what it wrote is above`,
      )
    }
    const interpreter = `${report.executable ?? python} (Python ${report.version})`
    const failed = report.failed ?? 'unknown'
    return new PythonStartError(
      `cannot load ${application} with ${interpreter}: ${failed}${wayOut(failed, application, chdir)}`,
      report.traceback?.trimEnd(),
    )
  }

  /** A process that waits for requests is no reason for the front to stay. */
  #unref(): void {
    this.#child.unref()
    for (const stream of this.#child.stdio) {
      if (stream !== null && stream !== undefined) (stream as Readable & { unref?(): void }).unref?.() // pipes are sockets
    }
  }

  #exited(how: string): void {
    this.#exit.resolve(how)
    // Answers that were written before the end are still read; a child of the process may keep the socket open.
    setTimeout(() => {
      for (const connection of this.connections) connection.destroy()
    }, 100).unref()
    this.#owner.exited(this, how)
  }
}

function wayOut(failed: string, application: string, chdir: string): string {
  const missing = /^ModuleNotFoundError: No module named '([^']+)'/.exec(failed)?.[1]
  if (missing === undefined) return ''
  const own = application.split(':', 1)[0]?.split('.', 1)[0]
  if (missing === own) return `; it was looked for in ${chdir} first (--chdir)`
  return '; install it for this interpreter, or name another with --python'
}
