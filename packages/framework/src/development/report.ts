/** What there is to say of an unexpected error, whatever it is said in. Types only. */
import type { SeenError } from './error-trail.ts'

/** All that the page shows. */
export interface Report {
  readonly method: string
  readonly path: string
  readonly route: string | undefined
  readonly requestId: string
  /** The error, then its causes. */
  readonly errors: readonly SeenError[]
  /** Secrets are masked; what is no text is named by its type. */
  readonly environ: Readonly<Record<string, string>>
}
