/**
 * The error log: what happens to the server and its workers, for the operator, one entry per event.
 * Used by master and worker alike. Foreign text is made printable here, once.
 */
import { isatty } from 'node:tty'
import type { ErrorStream } from '@tsgi/contract'
import { printable } from './escape.ts'
import { LogFile } from './log-file.ts'

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LoggerOptions {
  /** A path, or `-` for standard error. */
  readonly target: string
  readonly level: LogLevel
}

export class Logger {
  #target: string
  #file: LogFile
  #least: number
  #isTerminal: boolean

  /** @throws when the file cannot be opened. */
  constructor(options: LoggerOptions) {
    this.#least = LOG_LEVELS.indexOf(options.level)
    this.#target = options.target
    this.#file = openLog(options.target)
    this.#isTerminal = isTerminal(options.target)
  }

  /** From now on another file, another level. A file that cannot be opened is a line in the old one. */
  configure({ target, level }: LoggerOptions): void {
    this.#least = LOG_LEVELS.indexOf(level)
    if (target === this.#target) return
    try {
      const former = this.#file
      this.#file = openLog(target)
      this.#target = target
      this.#isTerminal = isTerminal(target)
      void former.close()
    } catch (error) {
      this.error(`cannot open ${target}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  debug(text: string): void {
    this.log('debug', text)
  }

  info(text: string): void {
    this.log('info', text)
  }

  warning(text: string): void {
    this.log('warning', text)
  }

  error(text: string): void {
    this.log('error', text)
  }

  critical(text: string): void {
    this.log('critical', text)
  }

  log(level: LogLevel, text: string): void {
    if (LOG_LEVELS.indexOf(level) < this.#least) return
    this.#file.write(`${this.#isTerminal ? shortPrefix(level) : longPrefix(level)}${printable(text)}\n`)
  }

  /** Text of the application's own (`wsgi.errors`): as it is, but without control characters. */
  raw(text: string): void {
    this.#file.write(printable(text))
  }

  /** `wsgi.errors`. */
  errorStream(): ErrorStream {
    return {
      write: (text) => this.raw(text),
      writelines: (lines) => this.raw([...lines].join('')),
      flush: () => undefined,
    }
  }

  reopen(): void {
    this.#file.reopen()
  }

  flushSync(): void {
    this.#file.flushSync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** `[2026-11-20 17:03:09 +0000] [71] [INFO] `, as gunicorn writes it, in UTC. */
function longPrefix(level: LogLevel): string {
  const timestamp = new Date().toISOString().slice(0, 19).replace('T', ' ')
  return `[${timestamp} +0000] [${process.pid}] [${level.toUpperCase()}] `
}

/** For a person: the level where it is more than information, in colour unless `NO_COLOR` is set. */
function shortPrefix(level: LogLevel): string {
  if (level === 'debug' || level === 'info') return ''
  const colour = level === 'warning' ? 33 : 31
  return process.env.NO_COLOR ? `${level}: ` : `\x1b[${colour}m${level}:\x1b[0m `
}

/** Standard error, where a person reads it. */
function isTerminal(target: string): boolean {
  return target === '-' && isatty(2)
}

function openLog(target: string): LogFile {
  return new LogFile({
    target: target === '-' ? 2 : target,
    delay: 0,
    // A failure of the error log goes to standard error, unless standard error is the log.
    onTrouble: (trouble) => target !== '-' && process.stderr.write(`tsgi: ${trouble}\n`),
  })
}
