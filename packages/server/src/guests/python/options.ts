/** What a Python application is run with: the options, their defaults, and which interpreter. Starts nothing. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { ErrorStream } from '@tsgi/contract'

export interface PythonOptions {
  /** Python processes. Default 1. */
  readonly processes?: number | undefined
  /** Threads of each process; with more than one `wsgi.multithread` is true. Default 1. */
  readonly threads?: number | undefined
  /** The interpreter. Default: that of the active virtual environment (`VIRTUAL_ENV`), else of `.venv` in `chdir`, else `python3`. */
  readonly python?: string | undefined
  /** The working directory, and the first place where modules are looked for. Default: that of this process. */
  readonly chdir?: string | undefined
  /** Further folders to look for modules in, after `chdir` and before what is installed. */
  readonly pythonPath?: readonly string[] | undefined
  /** Environment variables, in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Seconds without a sign of life in which a request must be answered, or go on; then its process is ended. 0: no limit. Default 30. */
  readonly timeout?: number | undefined
  /** Seconds that `close()` waits for what is in flight. Default 30. */
  readonly gracefulTimeout?: number | undefined
  /** Seconds in which the application must be loaded. Default 60. */
  readonly startTimeout?: number | undefined
  /**
   * What becomes of a body without Content-Length: gathered first (in a temporary file when it is large), so that the
   * application sees a CONTENT_LENGTH, or streamed to an application that knows `wsgi.input_terminated`. Default `buffer`.
   */
  readonly chunkedUploads?: 'buffer' | 'stream' | undefined
  /** Bytes that are gathered of such a body at most; beyond that the answer is 413. Default 1 GiB. */
  readonly bufferLimit?: number | undefined
  /** Requests that wait for a process at most; beyond that the answer is 503. Default 2048. */
  readonly backlog?: number | undefined
  /** Where stdout, stderr and `wsgi.errors` of the processes go. Default: `wsgi.errors` of the latest request, else stderr. */
  readonly errors?: ErrorStream | undefined
}

/** The options with their defaults in place. Times are in milliseconds. */
export interface PythonSettings {
  /** `module:callable`. */
  readonly application: string
  readonly processes: number
  readonly threads: number
  readonly python: string
  readonly chdir: string
  /** Where modules are looked for first, in this order. */
  readonly path: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly timeout: number
  readonly gracefulTimeout: number
  readonly startTimeout: number
  readonly chunkedUploads: 'buffer' | 'stream'
  readonly bufferLimit: number
  readonly backlog: number
}

/** @throws RangeError for a number that makes no sense. */
export function pythonSettings(application: string, options: PythonOptions): PythonSettings {
  const chdir = resolve(options.chdir ?? '.')
  const pythonPath = (options.pythonPath ?? []).map((folder) => resolve(chdir, folder))
  const file = /^(.+)\.py(?=:|$)/.exec(application)?.[1]
  return {
    application: file === undefined ? application : basename(file) + application.slice(file.length + 3),
    processes: atLeast(1, 'processes', options.processes ?? 1),
    threads: atLeast(1, 'threads', options.threads ?? 1),
    python: options.python ?? defaultPython(chdir),
    chdir,
    path: file === undefined ? [chdir, ...pythonPath] : [dirname(resolve(chdir, file)), chdir, ...pythonPath],
    env: options.env ?? {},
    timeout: 1000 * atLeast(0, 'timeout', options.timeout ?? 30),
    gracefulTimeout: 1000 * atLeast(0, 'gracefulTimeout', options.gracefulTimeout ?? 30),
    startTimeout: 1000 * atLeast(0, 'startTimeout', options.startTimeout ?? 60),
    chunkedUploads: options.chunkedUploads ?? 'buffer',
    bufferLimit: atLeast(0, 'bufferLimit', options.bufferLimit ?? 1024 ** 3),
    backlog: atLeast(1, 'backlog', options.backlog ?? 2048),
  }
}

function defaultPython(chdir: string): string {
  const active = process.env.VIRTUAL_ENV
  if (active !== undefined && active !== '') return join(active, 'bin', 'python')
  const own = join(chdir, '.venv', 'bin', 'python')
  return existsSync(own) ? own : 'python3'
}

function atLeast(least: number, name: string, value: number): number {
  const whole = name === 'processes' || name === 'threads'
  if (value >= least && (!whole || Number.isInteger(value))) return value
  throw new RangeError(`${name} must be ${whole ? 'a whole number' : 'a number'} from ${least}, not ${value}`)
}
