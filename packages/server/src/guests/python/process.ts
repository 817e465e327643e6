/**
 * One Python process: starts it, asks it where it hangs, and ends it. Its connections carry the requests. Knows child
 * processes and the arguments of the bridge. The dispatcher decides which request goes where, the supervisor whether a
 * process is replaced.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Duplex, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ConnectionOwner, WorkerConnection } from './connection.ts'
import type { WorkerGroup } from './dispatcher.ts'
import { PythonStartError } from './errors.ts'
import { onLine } from './log-lines.ts'
import type { PythonSettings } from './options.ts'
import { ProcessorShare, residentBytes } from './process-usage.ts'

const BRIDGE = fileURLToPath(new URL('../../../python/tsgi_bridge.py', import.meta.url))

/** The descriptor on which a process reports that it is ready, and notices that its front has gone. */
const CONTROL_FD = 3

/** Requests that may wait in a process: more where no other process could take them earlier. */
const DEPTH_ALONE = 8
const DEPTH = 2

/** Requests wait when they take at least this long and leave this much of the processor free. */
const MIN_WAIT_MS = 2
const MAX_WAITING_SHARE = 0.7

/** A report holds a traceback. */
const MAX_REPORT_CHARACTERS = 1024 * 1024

/** How long a process that loads too slowly may take to write where it is. */
const DUMP_TIME_MS = 1000

export interface ProcessOwner extends ConnectionOwner {
  /** The process got SIGTERM, and wants no further requests. */
  retiring(process: PythonProcess): void
  /** The process has ended. `how` is for the log: `exit code 1`, `SIGKILL`. */
  exited(process: PythonProcess, how: string): void
  log(line: string): void
}

/** A message of the bridge: the application is loaded, or could not be loaded; later, that the process got SIGTERM. */
interface Report {
  readonly ready?: boolean
  /** Where it listens, once it is ready. */
  readonly socket?: string
  readonly failed?: string
  readonly traceback?: string
  readonly retiring?: boolean
  readonly executable?: string
  readonly version?: string
}

export class PythonProcess implements WorkerGroup {
  readonly #child: ChildProcess
  readonly #settings: PythonSettings
  readonly #owner: ProcessOwner
  readonly #exit = Promise.withResolvers<string>()
  readonly #report = Promise.withResolvers<Report | undefined>()
  connections: readonly WorkerConnection[] = []
  /** `retiring`: it got SIGTERM; `suspect`: it hangs; `ended`: we end it. */
  verdict: 'none' | 'retiring' | 'suspect' | 'ended' = 'none'
  readonly startedAt = performance.now()
  readonly #share: ProcessorShare
  waits = false
  /** Lines of a dump that is to become part of a start error. */
  #dumped: string[] | undefined
  #hasForeignLines = false

  /** @param socket the path to listen at; by default the process chooses an abstract address. */
  constructor(settings: PythonSettings, socket: string | undefined, owner: ProcessOwner) {
    this.#settings = settings
    this.#owner = owner
    const { application, threads, path } = settings
    const argument = { application, threads, path, socket, control: CONTROL_FD }
    const multiprocess = settings.processes > 1
    this.#child = spawn(settings.python, [BRIDGE, JSON.stringify({ ...argument, multiprocess })], {
      cwd: settings.chdir,
      env: { ...process.env, ...settings.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#share = new ProcessorShare(this.pid)
    this.#listen(this.#child.stdio[CONTROL_FD] as Duplex) // a pipe, as asked for above
    this.#child.on('exit', (code, signal) => this.#exited(signal ?? `exit code ${code}`))
    this.#child.on('error', (error) => this.#exit.resolve(error.message))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) onLine(stream, (line) => this.#say(line))
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resident memory in bytes. */
  get memory(): number {
    return this.#child.pid === undefined ? 0 : residentBytes(this.#child.pid)
  }

  /** Looks whether its requests wait or compute. Called regularly while it has requests. */
  look(now: number): void {
    const share = this.#share.look(now) ?? 1
    const isSlow = this.connections.some(({ isBusy, pace }) => isBusy && pace >= MIN_WAIT_MS)
    this.waits = isSlow && share < MAX_WAITING_SHARE
  }

  /** Resolves when it has ended. */
  get gone(): Promise<unknown> {
    return this.#exit.promise
  }

  /** Makes it write the stack of each of its threads to the log. */
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

  /** Ends it when its connections are idle: it runs its `atexit` functions. */
  end(): void {
    this.verdict = 'ended'
    this.leave()
  }

  /** The same for a process that got SIGTERM and is replaced. */
  leave(): void {
    for (const connection of this.connections) connection.end()
    this.#child.stdio[CONTROL_FD]?.destroy()
  }

  #listen(control: Duplex): void {
    const hear = (line: string): void => {
      if (line === '') return // each message begins a line of its own
      const report = reportOf(line)
      if (report === undefined) this.#foreign()
      else if (report.retiring === true) this.#owner.retiring(this)
      else this.#report.resolve(report)
    }
    onLine(control, hear, MAX_REPORT_CHARACTERS)
    control.on('close', () => this.#report.resolve(undefined))
  }

  /** The application can write to any descriptor of its process: what the bridge did not write is ignored. */
  #foreign(): void {
    if (this.#hasForeignLines) return
    this.#hasForeignLines = true
    const what = `the application wrote to descriptor ${CONTROL_FD}, which belongs to the server; it is ignored`
    this.#owner.log(`[python ${this.pid}] ${what}`)
  }

  #say(line: string): void {
    if (this.#dumped === undefined) this.#owner.log(`[python ${this.pid}] ${line}`)
    else this.#dumped.push(line)
  }

  /** Resolves when the application is loaded and every thread can be reached. @throws PythonStartError */
  async connect(): Promise<void> {
    const { processes, threads, startTimeout, chdir } = this.#settings
    if (!existsSync(chdir)) throw new PythonStartError(`there is no folder ${chdir} to change to`)
    const late = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => late.resolve('late'), startTimeout || 2 ** 31 - 1)
    const report = await Promise.race([this.#report.promise, late.promise, this.#exit.promise])
    clearTimeout(timer)
    // A process that has failed says so before it exits, but the exit may be seen first.
    const said = typeof report === 'string' && report !== 'late' ? await this.#report.promise : report
    if (typeof said !== 'object' || said.ready !== true) throw await this.#startError(said)
    const { socket = '' } = said
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
      const limit = `${application} was not loaded within ${startTimeout / 1000} s by ${python}`
      return new PythonStartError(`${limit}; it is here:`, await this.#dumpNow())
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

  /** Where each of its threads is, as text. */
  async #dumpNow(): Promise<string> {
    this.#dumped = []
    this.dump()
    await Promise.race([this.#exit.promise, sleep(DUMP_TIME_MS)])
    return this.#dumped.join('\n')
  }

  /** A process that waits for requests must not keep the front alive. */
  #unref(): void {
    this.#child.unref()
    for (const stream of this.#child.stdio) {
      if (stream !== null && stream !== undefined) (stream as Readable & { unref?(): void }).unref?.() // pipes are sockets
    }
  }

  #exited(how: string): void {
    this.#exit.resolve(how)
    // Responses that were written before the end are still read. A child of the process may keep the socket open.
    setTimeout(() => {
      for (const connection of this.connections) connection.destroy()
    }, 100).unref()
    this.#owner.exited(this, how)
  }
}

/** @returns `undefined` for a line that the bridge cannot have written. */
function reportOf(line: string): Report | undefined {
  const report = parsed(line)
  if (typeof report !== 'object' || report === null) return undefined
  const fields = Object.entries(report)
  const isReport = fields.length > 0 && fields.every(([name, value]) => KINDS[name] === typeof value)
  return isReport ? report : undefined
}

const KINDS: Readonly<Record<string, string>> = {
  ready: 'boolean',
  socket: 'string',
  failed: 'string',
  traceback: 'string',
  retiring: 'boolean',
  executable: 'string',
  version: 'string',
  pid: 'number',
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function wayOut(failed: string, application: string, chdir: string): string {
  const missing = /^ModuleNotFoundError: No module named '([^']+)'/.exec(failed)?.[1]
  if (missing === undefined) return ''
  const own = application.split(':', 1)[0]?.split('.', 1)[0]
  if (missing === own) return `; it was looked for in ${chdir} first (--chdir)`
  return '; install it for this interpreter, or name another with --python'
}
