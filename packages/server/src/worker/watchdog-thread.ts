/**
 * The watching side of the watchdog: a thread that counts the beats of the main thread's event loop. When they stop, it
 * stops the main thread with the debugger and writes its stack to the log: at `slow`, and lets it go on; at the timeout, and
 * kills the process.
 * Everything here is synchronous or on this thread's own loop: the main thread can do nothing any more.
 */
import { closeSync, writeSync } from 'node:fs'
import { type Debugger, Session } from 'node:inspector'
import { isMainThread, workerData } from 'node:worker_threads'
import { printable } from '../log/escape.ts'
import { openLog } from '../log/open-log.ts'

export interface WatchdogOrder {
  /** Shared with the main thread: the count of its beats, the milliseconds it is allowed without one, and 1 when a beat is due. */
  readonly cells: Int32Array
  readonly timeout: number
  /** A loop that stands still so long, in milliseconds, is reported and goes on; 0 for never. */
  readonly slow: number
  readonly log: string
}

/** How long the debugger may take to stop the main thread. It cannot while that thread is outside JavaScript. */
const PAUSE_MAX_MS = 2_000
const MAX_TICK_MS = 500
const OUTSIDE = '  outside JavaScript, in a blocking call of the system or of native code'

if (!isMainThread && isOrder(workerData)) watch(workerData)

function isOrder(data: unknown): data is WatchdogOrder {
  return typeof data === 'object' && data !== null && 'cells' in data
}

function watch(order: WatchdogOrder): void {
  const tick = Math.min(MAX_TICK_MS, order.timeout / 4, (order.slow || order.timeout) / 4)
  let beat = Atomics.load(order.cells, 0)
  let still = 0
  let last = performance.now()
  let isReported = false
  const master = process.ppid
  const timer = setInterval(() => {
    const now = performance.now()
    // A process that was stopped as a whole, or a machine that slept, is not a loop that hung.
    still += Math.min(now - last, 2 * tick)
    last = now
    Atomics.store(order.cells, 2, 1)
    if (Atomics.load(order.cells, 0) !== beat) {
      beat = Atomics.load(order.cells, 0)
      still = 0
      isReported = false
    }
    if (order.slow > 0 && still >= order.slow && !isReported) {
      isReported = true
      reportSlow(order)
    }
    const allowed = Atomics.load(order.cells, 1)
    // The master has ended: a loop that a debugger holds is let go by no order any more.
    if (still < (process.ppid === master ? allowed : Math.min(allowed, order.timeout))) return
    clearInterval(timer)
    reportAndKill(order, still)
  }, tick)
}

function reportAndKill(order: WatchdogOrder, still: number): void {
  const kill = ({ stack, requests }: Place) => {
    const headline = `the event loop stood still for ${(still / 1000).toFixed(1)} s; killing this worker. It hung`
    const inFlight = requests === undefined ? [] : ['Requests in flight:', ...requests.map((line) => `    ${line}`)]
    writeLines(order.log, 'CRITICAL', [headline, ...stack, ...inFlight])
    process.kill(process.pid, 'SIGKILL')
  }
  setTimeout(() => kill({ stack: [OUTSIDE], requests: undefined }), PAUSE_MAX_MS)
  findPlace(ASK_FOR_REQUESTS, kill)
}

/** The requests that are slow by now, each once, with the place where JavaScript holds the loop. */
function reportSlow(order: WatchdogOrder): void {
  findPlace(ASK_FOR_SLOW_REQUESTS, ({ stack, requests = [] }) => {
    if (requests.length > 0)
      writeLines(order.log, 'WARNING', [...requests, 'The event loop is held by JavaScript', ...stack])
  })
}

/** Where the main thread was stopped. */
interface Place {
  readonly stack: readonly string[]
  readonly requests: readonly string[] | undefined
}

/** Stops the main thread, and lets it go on when `found` has returned. While it is outside JavaScript it does not stop. */
function findPlace(question: string, found: (place: Place) => void): void {
  const session = new Session()
  const urls = new Map<string, string>()
  session.connectToMainThread()
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  session.on('Debugger.paused', ({ params }) => {
    const stack = params.callFrames.map((frame) => frameText(frame, urls)).filter((line) => !line.includes('(node:'))
    session.post('Runtime.evaluate', { expression: question, returnByValue: true }, (_error, reply) => {
      const requests: unknown = reply?.result?.value
      found({ stack, requests: Array.isArray(requests) ? requests.map(String) : [] })
      session.post('Debugger.resume', () => session.disconnect())
    })
  })
  // Enabling reports every loaded script, so that the frames, which name scripts by number, have names.
  session.post('Debugger.enable', () => session.post('Debugger.pause'))
}

const ASK_FOR_REQUESTS = `(() => { const lines = []; process.emit('tsgi:requests', lines); return lines })()`
const ASK_FOR_SLOW_REQUESTS = `(() => { const lines = []; process.emit('tsgi:slow', lines); return lines })()`

/** As V8 writes it in a stack. */
function frameText(frame: Debugger.CallFrame, urls: ReadonlyMap<string, string>): string {
  const { lineNumber, columnNumber = 0, scriptId } = frame.location
  const place = `${(urls.get(scriptId) ?? frame.url).replace(/^file:\/\//, '')}:${lineNumber + 1}:${columnNumber + 1}`
  return `    at ${frame.functionName || '<anonymous>'} (${place})`
}

function writeLines(log: string, level: 'CRITICAL' | 'WARNING', lines: readonly string[]): void {
  const time = `${new Date().toISOString().slice(0, 19).replace('T', ' ')} +0000`
  const text = `[${time}] [${process.pid}] [${level}] ${printable(lines.join('\n'))}\n`
  try {
    const fd = log === '-' ? 2 : openLog(log)
    writeSync(fd, text)
    if (fd !== 2) closeSync(fd)
  } catch {
    // A worker that hangs is killed, also where the log cannot be written.
  }
}
