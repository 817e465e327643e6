/** Arguments of a command that has flags of its own, and none of the server's. Knows no command. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { ConfigError } from '../config/config-error.ts'

/** Where a command reads and writes: the process, or a test's own. */
export interface CommandStreams {
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}

/** @throws ConfigError for a flag that is unknown or lacks its value. */
export function parseOwn<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('\n') : []
    throw new ConfigError(`${reason.replace(/\.?(?: To specify .*)?$/, '')}; usage: ${usage}`, undefined, error)
  }
}
