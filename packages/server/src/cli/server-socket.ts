/** The flags that say which running server a command means, and its control socket. Knows flags; what is said there is a command's. */
import { ConfigError } from '../config/config-error.ts'
import type { OptionName } from '../config/options.ts'
import { runningControlSocket } from './read-configuration.ts'
import type { CommandStreams } from './subcommand-arguments.ts'

export const SERVER_FLAGS = {
  chdir: { type: 'string' },
  config: { type: 'string' },
  'control-socket': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export const SERVER_FLAGS_HELP = `      --chdir DIR            the server that was started there; without it, in this directory
      --control-socket PATH  the server that listens there
`

export interface ServerValues {
  readonly chdir?: string | undefined
  readonly config?: string | undefined
  readonly 'control-socket'?: string | undefined
}

/** @throws ConfigError for --control-socket off. */
export async function serverSocket(values: ServerValues, { stderr }: CommandStreams): Promise<string> {
  const given = new Map<OptionName, readonly string[]>()
  if (values.chdir !== undefined) given.set('chdir', [values.chdir])
  if (values.config !== undefined) given.set('config', [values.config])
  if (values['control-socket'] !== undefined) given.set('controlSocket', [values['control-socket']])
  const complain = (problem: string) => stderr.write(`tsgi: warning: ${problem}\n`)
  const path = await runningControlSocket({ words: [], given, asked: undefined }, complain)
  if (path === undefined) throw new ConfigError('--control-socket off: there is no socket to speak to')
  return path
}
