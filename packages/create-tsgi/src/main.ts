/**
 * The command `create-tsgi`: arguments, two questions on a terminal, and what to do next. Knows no template's content.
 */
import { relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { CreateError } from './create-error.ts'
import { createProject } from './create-project.ts'
import { TEMPLATES, type TemplateName, templateNamed } from './templates.ts'

/** What the command needs of `process`. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
  cwd(): string
}

const WIDTH = Math.max(...Object.keys(TEMPLATES).map((name) => name.length)) + 2
const LIST = Object.entries(TEMPLATES).map(([name, { about }]) => `  ${name.padEnd(WIDTH)}${about}\n`)
const HELP = `Usage: npm create tsgi NAME -- [--template TEMPLATE]
       pnpm create tsgi NAME [--template TEMPLATE]

Makes the folder NAME with a project that runs at once. Templates:

${LIST.join('')}
  -t, --template TEMPLATE   [app]
  -h, --help
`

/** Runs the command. @returns the exit code: 0, or 2 for a mistake in the arguments. */
export async function main(words: readonly string[], streams: Streams): Promise<number> {
  try {
    const given = parseWords(words)
    if (given.help) {
      streams.stdout.write(HELP)
      return 0
    }
    const { target, template } = await complete(given, streams)
    const folder = createProject({ target, template, cwd: streams.cwd() })
    streams.stdout.write(nextSteps(relative(streams.cwd(), folder), template, streams.env.npm_config_user_agent))
    return 0
  } catch (error) {
    if (!(error instanceof CreateError)) throw error
    streams.stderr.write(`create-tsgi: ${error.message}\n`)
    return 2
  }
}

interface Given {
  readonly help: boolean
  readonly target: string | undefined
  readonly template: TemplateName | undefined
}

function parseWords(words: readonly string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { template: { type: 'string', short: 't' }, help: { type: 'boolean', short: 'h', default: false } },
    })
    if (positionals.length > 1) throw new CreateError(`one name, please: ${positionals.join(', ')} are several`)
    const template = values.template === undefined ? undefined : templateNamed(values.template)
    return { help: values.help, target: positionals[0], template }
  } catch (error) {
    if (error instanceof CreateError || !(error instanceof Error)) throw error
    const [reason = ''] = error.message.split(/[.\n]/)
    throw new CreateError(`${reason}; create-tsgi --help lists the options`)
  }
}

/** Asks for what is missing, where a person can answer; without a terminal the name is required. */
async function complete(
  { target, template }: Given,
  streams: Streams,
): Promise<{ target: string; template: TemplateName }> {
  if (target !== undefined) return { target, template: template ?? 'app' }
  if (streams.stdin.isTTY !== true) throw new CreateError('say the name of the project: create-tsgi NAME')
  const terminal = createInterface({ input: streams.stdin, output: streams.stdout })
  try {
    const name = (await terminal.question('Name of the project: ')).trim()
    if (name === '') throw new CreateError('a project needs a name')
    if (template !== undefined) return { target: name, template }
    streams.stdout.write(LIST.join(''))
    const chosen = (await terminal.question('Template [app]: ')).trim()
    return { target: name, template: chosen === '' ? 'app' : templateNamed(chosen) }
  } finally {
    terminal.close()
  }
}

/** @param agent the client that runs the command, such as `pnpm/12.0.0 npm/? node/v26.0.0`. */
function nextSteps(folder: string, template: TemplateName, agent = 'npm'): string {
  const client = /^(?:pnpm|yarn|bun)/.exec(agent)?.[0] ?? 'npm'
  const python = template === 'wrap-flask' ? ['python3 -m venv .venv && .venv/bin/pip install -r requirements.txt'] : []
  const steps = [...(folder === '' ? [] : [`cd ${folder}`]), `${client} install`, ...python, `${client} run dev`]
  return `Made ${folder === '' ? 'the project here' : folder} from the template ${template}. Next:\n\n${steps.map((step) => `  ${step}\n`).join('')}`
}
