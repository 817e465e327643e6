/**
 * The mark on every message between master and worker, so that neither takes a message of the application for its own.
 * Node hands a message whose `cmd` begins with `NODE_` to `'internalMessage'` listeners and not to `'message'` listeners;
 * its cluster module works the same way (docs/decisions/0120). Knows nothing of what a message says.
 */

/** The event on `process`, and on a child process, that brings our messages. */
export const ENVELOPE_EVENT = 'internalMessage'

const MARK = 'NODE_TSGI'

export interface Envelope<Message> {
  readonly cmd: typeof MARK
  readonly message: Message
}

export function sealed<Message>(message: Message): Envelope<Message> {
  return { cmd: MARK, message }
}

/** The message in an envelope of ours; `undefined` for everything else that arrives on the channel. */
export function opened(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('cmd' in value) || value.cmd !== MARK) return undefined
  return 'message' in value ? value.message : undefined
}
