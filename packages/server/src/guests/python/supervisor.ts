/**
 * Keeps the processes running: starts them, replaces one that died, and does not start what cannot be started over
 * and over. Knows processes; knows no request.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PythonStartError } from './errors.ts'
import type { PythonSettings } from './options.ts'
import { type ProcessOwner, PythonProcess } from './process.ts'

export interface SupervisorOwner extends ProcessOwner {
  /** A process can be given requests. */
  started(process: PythonProcess): void
}

/** A process that lived this long, in ms, did not die of its start. */
const SETTLED_MS = 10_000

/** Delays, in ms, before a process that died young is replaced, and before a failed start is tried again. */
const CRASH_DELAYS_MS = [0, 100, 1000, 5000, 30_000]
const START_DELAYS_MS = [5000, 10_000, 30_000, 60_000]

/** How long an ended process may take to leave, in ms; a little more than it gives itself. */
const FAREWELL_MS = 6000

/** One place for a process. - `empty`; - `starting`; - `running`; - `resting`: after a crash; - `failed`: it could not be started. */
interface Place {
  state: 'empty' | 'starting' | 'running' | 'resting' | 'failed'
  /** The latest start; it may have ended. */
  attempt?: Promise<void>
  process?: PythonProcess
  crashes: number
  failures: number
  /** `performance.now()` from which a failed start may be tried again. */
  retryAt: number
}

export class Supervisor {
  readonly #settings: PythonSettings
  readonly #owner: SupervisorOwner
  readonly #places: readonly Place[]
  #state: 'open' | 'ended' = 'open'
  /** What the operator has been shown already. */
  #shown: string | undefined
  readonly #processes = new Set<PythonProcess>()

  constructor(settings: PythonSettings, owner: SupervisorOwner) {
    this.#settings = settings
    this.#owner = owner
    this.#places = Array.from({ length: settings.processes }, () => ({
      state: 'empty',
      crashes: 0,
      failures: 0,
      retryAt: 0,
    }))
  }

  /** True while a process runs, starts or will be started without being asked for. */
  get isHopeful(): boolean {
    return this.#places.some(({ state }) => state === 'running' || state === 'starting' || state === 'resting')
  }

  /** Starts what is not running. @throws PythonStartError, the first there was, when all have ended their attempt. */
  async start(): Promise<void> {
    for (const place of this.#places) if (canStart(place)) this.#start(place)
    const results = await Promise.allSettled(this.#places.map(({ attempt }) => attempt))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** True when `start()` has something to try. */
  get canStart(): boolean {
    return this.#places.some(canStart)
  }

  /** Tells the operator why nothing runs, once for each reason. */
  show(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    if (text === this.#shown) return
    this.#shown = text
    this.#owner.log(text)
    const detail = error instanceof PythonStartError ? error.detail : undefined
    for (const line of detail?.split('\n') ?? []) this.#owner.log(`  ${line}`)
  }

  /** A process is gone. @returns in how many ms it is replaced; `undefined` when it was to go. */
  exited(process: PythonProcess): number | undefined {
    this.#processes.delete(process)
    const delay = this.vacate(process)
    return process.verdict === 'ended' ? undefined : delay
  }

  /** A process is gone, or takes nothing more: another is to take its place. @returns in how many ms. */
  vacate(process: PythonProcess): number {
    const place = this.#places.find((candidate) => candidate.process === process)
    if (place === undefined || this.#state === 'ended') return 0
    delete place.process
    const livedLong = performance.now() - process.startedAt > SETTLED_MS
    place.crashes = livedLong ? 1 : place.crashes + 1
    place.state = 'resting'
    const delay = CRASH_DELAYS_MS[Math.min(place.crashes, CRASH_DELAYS_MS.length) - 1] ?? 0
    setTimeout(() => this.#replace(place), delay).unref()
    return delay
  }

  /** Ends all processes; resolves when they are gone. */
  async end(): Promise<void> {
    this.#state = 'ended'
    const processes = [...this.#processes]
    for (const process of processes) {
      if (process.connections.length === 0) process.kill()
      else process.end()
    }
    const timer = setTimeout(() => this.kill(), FAREWELL_MS)
    await Promise.all(processes.map((process) => process.gone))
    clearTimeout(timer)
  }

  /** Ends all processes at once. */
  kill(): void {
    for (const process of this.#processes) process.kill()
  }

  #replace(place: Place): void {
    if (this.#state === 'ended') return
    this.#start(place).catch((error: unknown) => {
      if (this.#state === 'open') this.show(error)
    })
  }

  #start(place: Place): Promise<void> {
    place.state = 'starting'
    place.attempt = this.#attempt(place)
    // Callers that wait for it get the error.
    place.attempt.catch(() => undefined)
    return place.attempt
  }

  async #attempt(place: Place): Promise<void> {
    const folder = privateFolder()
    const socket = folder === undefined ? undefined : join(folder, 'socket')
    const process = new PythonProcess(this.#settings, socket, this.#owner)
    this.#processes.add(process)
    try {
      await process.connect()
      place.process = process
      place.state = 'running'
      place.failures = 0
      this.#shown = undefined
      this.#owner.started(process)
    } catch (error) {
      this.#processes.delete(process)
      process.kill()
      place.state = 'failed'
      place.retryAt = performance.now() + (START_DELAYS_MS[Math.min(place.failures, START_DELAYS_MS.length - 1)] ?? 0)
      place.failures += 1
      throw error
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    }
  }
}

/**
 * Where a process listens until it is connected, on systems without abstract addresses. Only this user may enter it.
 * Linux needs none: nothing is left behind when the front is killed, and no path can be too long or not writable.
 */
function privateFolder(): string | undefined {
  return platform() === 'linux' ? undefined : mkdtempSync(join(tmpdir(), 'tsgi-python-'))
}

function canStart({ state, retryAt }: Place): boolean {
  return state === 'empty' || (state === 'failed' && performance.now() >= retryAt)
}
