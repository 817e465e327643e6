/** What can go wrong with Python, for those who have to repair it. Knows words only; a client never sees any of it. */

/** An application that failed while it answered: its traceback stands where a stack would. */
export class PythonError extends Error {
  override readonly name = 'PythonError'

  constructor(traceback: string) {
    const lines = traceback.trimEnd().split('\n')
    super(lines.findLast((line) => /^\S/.test(line)) ?? 'the Python application failed')
    this.stack = traceback.trimEnd()
  }
}

/**
 * A Python application that cannot be started: the operator's to repair. One line says what, where and the way out;
 * `detail` is the traceback, if Python got so far.
 */
export class PythonStartError extends Error {
  override readonly name = 'PythonStartError'
  /** The exit code of a command that shows it (a usage error, as of most Unix tools). */
  readonly exitCode = 2
  readonly detail: string | undefined

  constructor(message: string, detail?: string) {
    super(message)
    this.detail = detail
  }
}
