/**
 * Watches the event loop of this worker from a thread of its own. When the loop stands still for too long, the thread
 * writes down where, and which requests were in flight, and kills the process: the master starts another.
 * This file is the watched side; the thread is `watchdog-thread`.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { WatchdogOrder } from './watchdog-thread.ts'

/** The event on `process` by which the thread, through the debugger, asks for the requests in flight. */
export const REQUESTS_WANTED = 'tsgi:requests'

export interface WatchdogOptions {
  /** Milliseconds that the event loop may stand still. */
  readonly timeout: number
  /** The error log: a path, or `-`. */
  readonly log: string
  /** The requests in flight, one line each. */
  readonly requests: () => readonly string[]
}

/** @returns the beat: to be called regularly by the event loop, at least four times within the timeout. */
export function startWatchdog(options: WatchdogOptions): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const order: WatchdogOrder = { beats, timeout: options.timeout, log: options.log }
  const script = new URL(`./watchdog-thread${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(script, { workerData: order, resourceLimits: { maxOldGenerationSizeMb: 32 } })
  thread.unref()
  // Without a watchdog a worker still serves; the master notices a silent worker too, it only cannot say where.
  thread.on('error', () => undefined)
  process.on(REQUESTS_WANTED, (lines: string[]) => lines.push(...options.requests()))
  return () => {
    Atomics.add(beats, 0, 1)
  }
}
