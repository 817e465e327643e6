/**
 * What master and worker say to each other over their IPC channel. Types only.
 * They never speak of HTTP: the master sees processes, sockets and counts.
 */
import type { Bind } from '../config/bind.ts'
import type { TlsFiles } from '../config/tls-files.ts'
import type { Count, Counted } from '../rates/rate-counts.ts'
import type { Examination } from './examination.ts'
import type { RequestMetrics } from './request-metrics.ts'

/** A bound socket that a worker inherits. */
export interface InheritedListener {
  /** Its descriptor in the worker. */
  readonly fd: number
  /** What the operator called it. */
  readonly bind: Bind
  /** What is served on it: the application, or what `--metrics` asks for. */
  readonly purpose: 'application' | 'monitor'
}

export type ToWorker =
  /** First, once: everything the worker is to know. `config` is the option table's values. */
  | {
      readonly type: 'start'
      /** The process id of the master: one that died before the worker looked is no parent any more. */
      readonly master: number
      readonly target: string
      readonly config: unknown
      /** Whom to become before the application is loaded. */
      readonly account: { readonly uid?: number | undefined; readonly gid?: number | undefined }
      readonly slot: number
      readonly slots: number
      readonly listeners: readonly InheritedListener[]
      /** How long the event loop may stand still while the application is loaded: milliseconds. */
      readonly bootTime: number
      /** What TLS tickets are sealed with: 48 bytes in base64, for every worker the same. */
      readonly ticketKeys: string
    }
  /** Certificates that have changed; handshakes from now on use them. */
  | { readonly type: 'certificates'; readonly files: TlsFiles }
  /** Take no more, answer what is in flight within `grace` milliseconds, let go of idle clients after `linger`. */
  | { readonly type: 'retire'; readonly grace: number; readonly linger: number; readonly closing: boolean }
  /** The server will stop: say so where readiness is asked for, and serve on. */
  | { readonly type: 'unready' }
  /** Leave at once. */
  | { readonly type: 'stop' }
  /** Open the log files again. */
  | { readonly type: 'reopen' }
  /** Comes with a connection that another worker had too many of. */
  | { readonly type: 'connection' }
  /** Comes with the connection of an operator, who gets the result on it. */
  | { readonly type: 'examine'; readonly examination: Examination }
  /** Say what has been counted. */
  | { readonly type: 'count' }
  /** The answer to `metrics`. */
  | { readonly type: 'metrics'; readonly text: string }
  /** The answer to `take`: one result for each of its counts, in their order. */
  | { readonly type: 'taken'; readonly id: number; readonly results: readonly Counted[] }

export type ToMaster =
  /** The application is loaded, as what `description` says, and the sockets are listened on, at these addresses. */
  | { readonly type: 'ready'; readonly addresses: readonly string[]; readonly description: string }
  /** It cannot serve; it leaves. `detail` is for below the line. */
  | { readonly type: 'failed'; readonly message: string; readonly detail: string | undefined }
  /** It wants to be replaced: it has served its share, or is no longer well. */
  | { readonly type: 'spent'; readonly reason: string; readonly well: boolean }
  /** Sent with a connection for a worker that has fewer. */
  | { readonly type: 'pass' }
  /** What has been counted: when asked, and before leaving. */
  | { readonly type: 'counted'; readonly measures: RequestMetrics }
  /** A client of this worker asks for the metrics of all workers. */
  | { readonly type: 'metrics' }
  /** An `examine` is over. `isHeld`: a debugger may stop the program, and then it is silent. */
  | { readonly type: 'examined'; readonly isHeld: boolean }
  /** Shares of limits that requests of this worker wait for. What the master lends is counted, whatever becomes of the worker. */
  | { readonly type: 'take'; readonly id: number; readonly counts: readonly Count[] }
  /** In development: a file that the application is made of, and when it changed, as `Date.now()` has it. */
  | { readonly type: 'changed'; readonly file: string; readonly at: number }
