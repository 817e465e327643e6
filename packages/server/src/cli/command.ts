/**
 * What an operator types: reads the arguments, picks the role, turns an operator's mistake into one line and exit code 2.
 * Knows no HTTP and no process management. A role is imported when it is known which: each start loads one of them.
 */
import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import { suggestion } from '../config/suggestion.ts'
import type { ControlRequest } from '../ipc/control-protocol.ts'
import { type Arguments, parseArguments } from './arguments.ts'
import { CONTROL_COMMANDS, control, controlRequest } from './control-client.ts'

/** Commands with flags of their own. They end although the application may have left a timer or a pool. */
const OWN_COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  routes: async (args) => (await import('./routes-command.ts')).routesCommand(args),
  openapi: async (args) => (await import('./openapi-command.ts')).openapiCommand(args),
  call: async (args) => (await import('./call-command.ts')).callCommand(args),
  top: async (args) => (await import('./top-command.ts')).topCommand(args),
  inspect: async (args) => (await import('./examine-command.ts')).inspectCommand(args),
  profile: async (args) => (await import('./examine-command.ts')).profileCommand(args),
  heap: async (args) => (await import('./examine-command.ts')).heapCommand(args),
  replay: async (args) => (await import('./replay-command.ts')).replayCommand(args),
}

const COMMANDS = ['serve', ...Object.keys(OWN_COMMANDS), ...CONTROL_COMMANDS, 'help', 'version']

/** Words of other tools for what is `tsgi serve` here. */
const SERVE_WORDS: Readonly<Record<string, string>> = {
  dev: ' --reload',
  develop: ' --reload',
  watch: ' --reload',
  start: '',
  run: '',
  preview: '',
  up: '',
}

/** @returns the exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    const own = ownCommand(argv[0])
    if (own !== undefined) return process.exit(await own(argv.slice(1)))
    return await run(parseArguments(argv))
  } catch (error) {
    return report(error)
  }
}

function ownCommand(name: string | undefined): ((args: readonly string[]) => Promise<number>) | undefined {
  return name !== undefined && Object.hasOwn(OWN_COMMANDS, name) ? OWN_COMMANDS[name] : undefined
}

async function run(given: Arguments): Promise<number> {
  const [command, ...words] = given.words
  if (given.asked === 'version' || command === 'version') return say(`tsgi ${version()}`)
  if (command === 'help') return await help(words[0])
  if (given.asked === 'help') return await help(command)
  const order = controlRequest(given.words)
  if (order !== undefined) return await controlCommand(given, order)
  if (command === 'serve') return process.exit(await (await import('./serve-command.ts')).serveCommand(given, words))
  if (ownCommand(command) !== undefined)
    throw new ConfigError(`tsgi ${command} comes first and takes none of the server's flags; tsgi ${command} --help`)
  if (command === undefined) throw new ConfigError('say what to do: tsgi serve app.ts; tsgi --help tells more')
  throw unknownCommand(command, words)
}

async function help(topic: string | undefined): Promise<number> {
  const own = ownCommand(topic)
  if (own !== undefined) return await own(['--help'])
  const text = (await import('./help.ts')).helpOf(topic)
  if (text === undefined) throw unknownCommand(topic ?? '', [])
  return say(text)
}

function unknownCommand(command: string, [target = 'app.ts']: readonly string[]): ConfigError {
  const flags = Object.hasOwn(SERVE_WORDS, command) ? SERVE_WORDS[command] : undefined
  const meant = flags === undefined ? suggestion(command, COMMANDS) : `; say tsgi serve ${target}${flags}`
  const isTarget = meant === '' && /[./:]/.test(command)
  const way = isTarget ? `; to serve it: tsgi serve ${command}` : '; tsgi --help lists them'
  return new ConfigError(`unknown command ${command}${meant || way}`)
}

async function controlCommand(given: Arguments, order: ControlRequest): Promise<number> {
  const { runningControlSocket } = await import('./read-configuration.ts')
  const complain = (problem: string) => process.stderr.write(`tsgi: warning: ${problem}\n`)
  const path = await runningControlSocket(given, complain)
  if (path === undefined) throw new ConfigError('--control-socket off: there is no socket to speak to')
  const { ok, text } = await control(path, order)
  ;(ok ? process.stdout : process.stderr).write(`${text}\n`)
  return ok ? 0 : 1
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function version(): string {
  const about: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : 'unknown'
}

function report(error: unknown): number {
  if (!(error instanceof ConfigError)) {
    process.stderr.write(`tsgi: ${error instanceof Error ? error.stack : String(error)}\n`)
    return process.exit(1)
  }
  process.stderr.write(`tsgi: ${error.message}\n${error.detail === undefined ? '' : `\n${error.detail}\n`}`)
  return process.exit(error.exitCode)
}
