/** What is tested: where it listens, what else it offers, and what it lacks. Knows no row. */
import type { Capability } from './capabilities.ts'

/** A server that runs the conformance application. */
export interface Target {
  /** `http://127.0.0.1:8000`, `https://127.0.0.1:8443`, or `unix:/run/app.sock`. */
  readonly url: string
  /**
   * How requests are sent: `http/1.1` by bytes on a socket, `h2` by HTTP/2 (over clear text with prior knowledge).
   * @default 'http/1.1'
   */
  readonly protocol?: 'http/1.1' | 'h2'
  /**
   * What the platform lacks, by capability or by the id of a row, each with its reason. A row that fails without a
   * reason is red, and so is a reason whose row passes.
   */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>> & Readonly<Record<string, string>>
  /** Rows that pass or fail by chance there, such as by what has arrived in time, each with its reason. Neither outcome is red. */
  readonly sometimes?: Readonly<Record<string, string>>
  /** Where the application is mounted a second time, such as `/site`. Without it the rows of mounts are skipped. */
  readonly mount?: string
  /** The largest request body in bytes that the target takes. Without it the rows of the limit are skipped. */
  readonly bodyLimit?: number
  /** What the operator's log holds so far. Without it the rows do not look at the log. */
  readonly log?: () => string | Promise<string>
  /**
   * Whether one process serves every request. If not, rows that look at notes of the application are skipped.
   * @default true
   */
  readonly oneProcess?: boolean
  /**
   * Whether the peer that connects may say who the client is. If so, the rows about untrusted proxies are skipped.
   * @default false
   */
  readonly trusted?: boolean
  /** Whether the process ends after one request, as with CGI. @default false */
  readonly runOnce?: boolean
  /** Headers that a front in between adds, as keys of the environ: `HTTP_X_FORWARDED_FOR`. @default none */
  readonly adds?: readonly string[]
  /** Milliseconds that one row may take. @default 20000 */
  readonly rowTimeoutMs?: number
}
