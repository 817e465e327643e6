/**
 * What an operator did wrong, in one line: what, where, and the way out. The command prints the line and exits 2.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** The exit code of the command (as of most Unix tools for a usage error). */
  readonly exitCode = 2
  /** More for the one who repairs it, printed below the line: usually a stack. */
  readonly detail: string | undefined

  constructor(message: string, detail?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.detail = detail
  }
}

/** Any error in an operator's terms: its line, and what goes below. */
export function failureOf(error: unknown): { readonly message: string; readonly detail: string | undefined } {
  if (error instanceof ConfigError) return error
  return error instanceof Error
    ? { message: error.message, detail: error.stack }
    : { message: String(error), detail: undefined }
}
