/** Load by `wrk`, from the other core, and what it saw. Knows requests; knows nothing of who answers. */
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LOAD_CORE, pinned } from './contender.ts'

/** One request, and what must come back. */
export interface Ask {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** The status of the answer. Default 200; of any other the body is not looked at if `answer` is ''. */
  readonly status?: number
  /** Asks for as many paths in turns: the last number in `path` is counted up. */
  readonly turns?: number
  /** The body of the answer; for a long one its length in octets. */
  readonly answer: string | number
}

export interface Load {
  readonly connections: number
  readonly seconds: number
}

export interface Sample {
  readonly requests: number
  readonly perSecond: number
}

export function wrkVersion(): string | undefined {
  return /wrk (\S+)/.exec(spawnSync('wrk', ['-v'], { encoding: 'utf8' }).stdout ?? '')?.[1]
}

/** @throws Error when an answer is not what it must be. */
export async function check(port: number, ask: Ask): Promise<void> {
  const { path, method = 'GET', headers = {}, body = null } = ask
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { ...headers }, body })
  const octets = Buffer.from(await response.arrayBuffer())
  const right = typeof ask.answer === 'number' ? octets.length === ask.answer : octets.toString() === ask.answer
  const isRight = right || (ask.answer === '' && ask.status !== undefined)
  if (response.status === (ask.status ?? 200) && isRight) return
  throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(octets.toString().slice(0, 200))}`)
}

/**
 * Asks for `seconds` on as many connections, each waiting for its answer.
 * @param folder where a script for `wrk` may be left.
 * @throws Error when an answer is an error, or a connection is.
 */
export async function load(port: number, ask: Ask, { connections, seconds }: Load, folder: string): Promise<Sample> {
  const script = join(folder, 'request.lua')
  const content = join(folder, 'body')
  if (ask.body !== undefined) writeFileSync(content, ask.body)
  writeFileSync(script, lua(ask, content))
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', script]
  const [command = '', ...args] = pinned(LOAD_CORE, ['wrk', ...flags, `http://127.0.0.1:${port}${ask.path}`])
  const { stdout } = await promisify(execFile)(command, args)
  const trouble = /Non-2xx.*|Socket errors.*/.exec(stdout)?.[0]
  if (trouble !== undefined && !(ask.status === 404 && trouble.startsWith('Non-2xx')))
    throw new Error(`${ask.path}: ${trouble}`)
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0)
  return { requests, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0) }
}

/** A long string of Lua takes everything but its own end. @param content the file that has the body. */
function lua({ path, method = 'GET', headers = {}, body, turns }: Ask, content: string): string {
  const lines = [`wrk.method = '${method}'`]
  for (const [name, value] of Object.entries(headers)) lines.push(`wrk.headers['${name}'] = [==[${value}]==]`)
  if (body !== undefined) lines.push(`wrk.body = io.open([==[${content}]==], 'rb'):read('*a')`)
  if (turns !== undefined) lines.push(...counting(path, turns))
  return `${lines.join('\n')}\n`
}

/** Each request is written by hand: with a stride, so that no neighbour of a file is asked for next. */
function counting(path: string, turns: number): readonly string[] {
  const [, before = '', after = ''] = /^(.*?)\d+(\D*)$/.exec(path) ?? []
  return [
    'local at = 0',
    `request = function() at = (at + 7919) % ${turns}; return wrk.format(nil, '${before}' .. at .. '${after}') end`,
  ]
}
