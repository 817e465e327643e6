/**
 * Our server and gunicorn, each with the same Python application on a port of its own. Knows how gunicorn is started, and
 * what of a response is compared; knows no framework.
 */
import { type Command, program, serving } from '../../support/command.ts'
import { exchangeRaw } from '../../support/raw-client.ts'
import { parseAnswer } from '../../support/raw-exchange.ts'

const SITE = new URL('fixtures/site.ts', import.meta.url).pathname

export interface Running {
  readonly port: number
  readonly stop: () => Promise<void>
}

export interface Guest {
  readonly spec: string
  readonly chdir: string
  readonly python: string
  readonly env?: Readonly<Record<string, string>>
}

export async function startTsgi(guest: Guest): Promise<Running> {
  const env = { GUEST_SPEC: guest.spec, GUEST_CHDIR: guest.chdir, GUEST_PYTHON: guest.python, ...guest.env }
  const command = await serving([`${SITE}:application`, '--bind', '127.0.0.1:0'], { env })
  return { port: command.port, stop: () => stop(command) }
}

export async function startGunicorn({ python, spec, chdir, env = {} }: Guest): Promise<Running> {
  const command = program([python, '-m', 'gunicorn', '--bind', '127.0.0.1:0', spec], { cwd: chdir, env })
  const [, port] = await command.printed(/Listening at: http:\/\/127\.0\.0\.1:(\d+)/)
  await command.printed(/Booting worker/)
  return { port: Number(port), stop: () => stop(command) }
}

async function stop(command: Command): Promise<void> {
  command.signal('SIGTERM')
  await command.exit()
}

export interface RawAnswer {
  readonly status: string
  /** `name: value`, names in lower case, in the order of their names. */
  readonly headers: readonly string[]
  readonly body: string
}

/** Sends a request as bytes. */
export async function ask(port: number, request: string): Promise<RawAnswer> {
  const text = await exchangeRaw(port, request)
  const { status, reason, headers, body } = parseAnswer(text, request.startsWith('HEAD '))
  const fields = headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort()
  return { status: `${status} ${reason}`, headers: fields, body }
}
