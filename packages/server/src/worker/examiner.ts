/**
 * Carries out `tsgi inspect|profile|heap` in a worker, and replies on the operator's own connection. Loaded at the first such
 * order. Knows Node's inspector; whom the order is for, and who may give it, is the master's.
 */
import type { Socket } from 'node:net'
import type { Examination } from '../ipc/examination.ts'
import { CpuProfile } from './cpu-profile.ts'
import { closeInspector, isInspectorOpen, openInspector } from './debug-port.ts'
import { takeHeapSnapshot } from './heap-snapshot.ts'
import { OperatorConnection } from './operator-connection.ts'

export interface ExaminerOptions {
  /**
   * Called when it changes whether the event loop may stand still: while a snapshot is taken, and while a debugger may stop
   * the program. Before that `false`.
   */
  readonly held: (isHeld: boolean) => void
  /** Called once for each order that is over. */
  readonly done: () => void
}

export class Examiner {
  readonly #options: ExaminerOptions
  readonly #connections = new Set<OperatorConnection>()
  #profile: CpuProfile | undefined
  /** Why no other file is taken now. */
  #underWay: string | undefined
  readonly #running = new Set<Promise<void>>()

  constructor(options: ExaminerOptions) {
    this.#options = options
  }

  /** Whether a profile or a snapshot is being taken: its memory says nothing of the application then. */
  get isBusy(): boolean {
    return this.#underWay !== undefined
  }

  /** Whether a debugger may stop the program. */
  get isOpen(): boolean {
    return isInspectorOpen()
  }

  /** Never rejects: what goes wrong is the reply. */
  async examine(examination: Examination, socket: Socket): Promise<void> {
    const connection = new OperatorConnection(socket)
    const running = this.#reply(examination, connection)
    this.#connections.add(connection)
    this.#running.add(running)
    await running
    this.#running.delete(running)
    this.#connections.delete(connection)
    this.#options.done()
  }

  /** The worker leaves: a profile ends now, and what is being sent may be sent. Resolves when nothing is under way. */
  async finish(): Promise<void> {
    this.#profile?.end()
    await Promise.all(this.#running)
  }

  /** At once. */
  close(): void {
    for (const connection of this.#connections) connection.destroy()
    closeInspector()
  }

  async #reply(examination: Examination, connection: OperatorConnection): Promise<void> {
    try {
      await connection.accept()
      await connection.reply({ ok: true, text: await this.#carryOut(examination, connection) })
    } catch (error) {
      await connection.reply({ ok: false, text: error instanceof Error ? error.message : String(error) })
    }
  }

  async #carryOut(examination: Examination, connection: OperatorConnection): Promise<string> {
    if (examination.kind === 'inspect') return this.#inspect(examination.close)
    if (this.#underWay !== undefined) throw new Error(`worker ${process.pid} is busy with a ${this.#underWay}`)
    const { kind } = examination
    this.#underWay = kind === 'heap' ? 'heap snapshot' : 'profile'
    try {
      return kind === 'heap' ? await this.#heap(connection) : await this.#profiled(examination.seconds, connection)
    } finally {
      this.#underWay = undefined
    }
  }

  #inspect(close: boolean): string {
    const text = close ? closeInspector() : openInspector()
    this.#options.held(isInspectorOpen())
    return text
  }

  async #profiled(seconds: number, connection: OperatorConnection): Promise<string> {
    this.#profile = new CpuProfile()
    connection.whenGone(() => this.#profile?.end())
    try {
      const { json, time } = await this.#profile.take(seconds * 1000)
      await connection.send(json)
      return `${(time / 1000).toFixed(1)} s of worker ${process.pid}`
    } finally {
      this.#profile = undefined
    }
  }

  async #heap(connection: OperatorConnection): Promise<string> {
    this.#options.held(true)
    const beganAt = performance.now()
    let snapshot: AsyncIterable<Buffer>
    try {
      snapshot = await takeHeapSnapshot()
    } finally {
      this.#options.held(isInspectorOpen())
    }
    const time = performance.now() - beganAt
    await connection.send(snapshot)
    return `the heap of worker ${process.pid}, which stood still for ${(time / 1000).toFixed(1)} s`
  }
}
