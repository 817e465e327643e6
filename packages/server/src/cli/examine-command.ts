/**
 * `tsgi inspect|profile|heap WORKER`: what an operator asks of one worker of a running server. Knows the words, the file that is
 * written and what is printed; the worker does the work, and what is said over the socket is `examine-client`'s.
 */
import { resolve } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import { type Examination, isProfileTime, MAX_PROFILE_SECONDS, MIN_PROFILE_SECONDS } from '../ipc/examination.ts'
import { examine } from './examine-client.ts'
import { print } from './output.ts'
import { OutputFile } from './output-file.ts'
import { SERVER_FLAGS, SERVER_FLAGS_HELP, type ServerValues, serverSocket } from './server-socket.ts'
import { type CommandStreams, parseOwn } from './subcommand-arguments.ts'

const SERVER_HELP = `${SERVER_FLAGS_HELP}
WORKER is the process id, or the number, that tsgi status shows.
`

const INSPECT_USAGE = 'tsgi inspect WORKER [--close]'
const INSPECT_HELP = `Usage: ${INSPECT_USAGE}

  tsgi inspect 4711          opens the inspector of this worker and prints its address, for node inspect and chrome://inspect
  tsgi inspect 4711 --close  closes it

It listens at 127.0.0.1, at a free port. Every program on this machine can reach it then, and run code in the worker.
While it is open the worker is not ended when it stands still: a breakpoint may stop it.

      --close                close it
${SERVER_HELP}`

const PROFILE_USAGE = 'tsgi profile WORKER [--seconds N] [--output FILE]'
const PROFILE_HELP = `Usage: ${PROFILE_USAGE}

  tsgi profile 4711 --seconds 10  writes where the time of this worker goes: worker-4711-….cpuprofile

The worker serves meanwhile. Chromium's tools and editors open the file. A worker that leaves ends the profile early.

      --seconds N            how long, ${MIN_PROFILE_SECONDS} to ${MAX_PROFILE_SECONDS} [10]
  -o, --output FILE          write to this file, which must not exist
${SERVER_HELP}`

const HEAP_USAGE = 'tsgi heap WORKER [--output FILE]'
const HEAP_HELP = `Usage: ${HEAP_USAGE}

  tsgi heap 4711             writes what is in the memory of this worker: worker-4711-….heapsnapshot

The worker answers nothing while it takes the snapshot: about a second for 100 MiB. Other workers serve on, and nothing ends it.
The file holds every string of the application, secrets too: only you can read it.

  -o, --output FILE          write to this file, which must not exist
${SERVER_HELP}`

const FILE_FLAGS = { ...SERVER_FLAGS, output: { type: 'string', short: 'o' } } as const

/** @returns the exit code. @throws ConfigError for a mistake in the words. */
export async function inspectCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const flags = { ...SERVER_FLAGS, close: { type: 'boolean' } } as const
  const { values, positionals } = parseOwn(args, flags, INSPECT_USAGE)
  if (values.help === true) return await help(INSPECT_HELP, streams)
  const worker = workerOf(positionals, INSPECT_USAGE)
  const examination: Examination = { kind: 'inspect', close: values.close === true }
  const path = await serverSocket(values, streams)
  const reply = await examine(path, { order: 'examine', worker, examination }, () => Promise.resolve())
  await print(reply.ok ? streams.stdout : streams.stderr, `${reply.text}\n`)
  return reply.ok ? 0 : 1
}

/** @returns the exit code. @throws ConfigError for a mistake in the words, and for a file that cannot be written. */
export async function profileCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, { ...FILE_FLAGS, seconds: { type: 'string' } }, PROFILE_USAGE)
  if (values.help === true) return await help(PROFILE_HELP, streams)
  const worker = workerOf(positionals, PROFILE_USAGE)
  const seconds = secondsOf(values.seconds)
  const order = { worker, examination: { kind: 'profile', seconds }, ending: 'cpuprofile' } as const
  return await written(order, values, streams)
}

/** @returns the exit code. @throws ConfigError for a mistake in the words, and for a file that cannot be written. */
export async function heapCommand(args: readonly string[], streams: CommandStreams = process): Promise<number> {
  const { values, positionals } = parseOwn(args, FILE_FLAGS, HEAP_USAGE)
  if (values.help === true) return await help(HEAP_HELP, streams)
  const worker = workerOf(positionals, HEAP_USAGE)
  return await written({ worker, examination: { kind: 'heap' }, ending: 'heapsnapshot' }, values, streams)
}

interface FileOrder {
  readonly worker: number
  readonly examination: Examination
  readonly ending: string
}

/** The file is there whole, or not at all. */
async function written(
  { worker, examination, ending }: FileOrder,
  values: ServerValues & { readonly output?: string | undefined },
  streams: CommandStreams,
): Promise<number> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  // Before --chdir: the file belongs to where the command was typed.
  const name = resolve(values.output ?? `worker-${worker}-${time}.${ending}`)
  const path = await serverSocket(values, streams)
  const file = await OutputFile.create(name)
  let reply: Awaited<ReturnType<typeof examine>> | undefined
  try {
    reply = await examine(path, { order: 'examine', worker, examination }, (bytes) => file.write(bytes))
    await file.close()
  } finally {
    if (reply?.ok !== true) await file.discard()
  }
  const shown = values.output ?? name
  const text = reply.ok ? `${shown}: ${reply.text}, ${sizeText(file.size)}` : reply.text
  await print(reply.ok ? streams.stdout : streams.stderr, `${text}\n`)
  return reply.ok ? 0 : 1
}

async function help(text: string, streams: CommandStreams): Promise<number> {
  await print(streams.stdout, text)
  return 0
}

function workerOf([name, ...rest]: readonly string[], usage: string): number {
  if (name === undefined) throw new ConfigError(`say which worker, as tsgi status shows it: ${usage}`)
  if (rest.length > 0) throw new ConfigError(`one worker at a time: ${usage}`)
  if (!/^[1-9]\d{0,9}$/.test(name))
    throw new ConfigError(
      `${JSON.stringify(name)} is neither a process id nor a number of a worker; tsgi status shows them`,
    )
  return Number(name)
}

function secondsOf(text = '10'): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (isProfileTime(seconds)) return seconds
  throw new ConfigError(`--seconds ${text}: say a number from ${MIN_PROFILE_SECONDS} to ${MAX_PROFILE_SECONDS}`)
}

function sizeText(bytes: number): string {
  return bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}
