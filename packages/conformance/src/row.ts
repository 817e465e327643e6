/** A row: one question to a server, with what must come back. Data; nothing runs here. */
import type { Capability } from './capabilities.ts'
import type { Probe } from './probe.ts'

/** What the description of a target must offer for a row to be asked at all. */
export type Condition =
  | 'wire'
  | 'h2'
  | 'mount'
  | 'unix'
  | 'tls'
  | 'clear'
  | 'tcp'
  | 'notes'
  | 'log'
  | 'body-limit'
  | 'untrusted'
  | 'long-running'

export interface Row {
  /** Clause and number: `C16-3`. */
  readonly id: string
  readonly title: string
  /** A platform that lacks one of these says so with a reason. */
  readonly needs?: readonly Capability[]
  /** Where one of these is not so, the row is skipped. */
  readonly asks?: readonly Condition[]
  /** Resolves when all is as expected. @throws UnexpectedError in one line */
  readonly run: (probe: Probe) => Promise<void>
}
