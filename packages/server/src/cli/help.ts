/** What `--help` prints, and the table of options in the documentation: both from the one table of options. */

import type { Option, OptionGroup } from '../config/option.ts'
import { flagName, OPTION_NAMES, OPTIONS, type OptionName, variableName } from '../config/options.ts'
import { SIGNALS } from '../master/signals.ts'

const USAGE = `Usage: tsgi serve MODULE[:CALLABLE]|FOLDER [options]

  tsgi serve app.ts                      serves its export "application"
  tsgi serve app.ts:site                 serves another export
  tsgi serve 'app.ts:create_app()'       calls a factory; its arguments may be JSON literals
  tsgi serve flaskapp:app                a Python WSGI application; Express, Koa, Fastify, Hono … likewise
  tsgi serve ./html                      a folder of pages; with --dynamic, programs too
  tsgi routes app.ts                     prints the route table; --json for programs
  tsgi call app.ts GET /users/7          one request, no server; tsgi call --help tells more
  tsgi status | reload | workers N | stop   speaks to a server that runs in this directory
  tsgi --version, tsgi --help

Every option is also a variable TSGI_NAME; a flag wins over a variable.
`

/** The text of `--help`. */
export function helpText(): string {
  const groups = new Set<OptionGroup>(OPTION_NAMES.map((name) => OPTIONS[name].group))
  const lines = [USAGE]
  for (const group of groups) {
    lines.push(`${group}:`)
    for (const name of OPTION_NAMES) if (OPTIONS[name].group === group) lines.push(helpLines(name))
    lines.push('')
  }
  lines.push('Signals:', ...SIGNALS.map(({ signal, meaning }) => `  ${signal.slice(3)}\n${wrap(meaning)}`))
  return lines.join('\n')
}

function helpLines(name: OptionName): string {
  const initial = initialText(name)
  return `  ${flagText(name)}\n${wrap(`${OPTIONS[name].help}${initial === '' ? '' : ` [${initial}]`}`)}`
}

/** The options as a table in Markdown. */
export function helpTable(): string {
  const rows = OPTION_NAMES.map(
    (name) =>
      `| \`${flagText(name).replaceAll('|', '\\|')}\` | \`${variableName(name)}\` | ${initialText(name)} | ${OPTIONS[name].help} |`,
  )
  return ['| option | variable | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function flagText(name: OptionName): string {
  const option: Pick<Option<unknown, unknown>, 'short' | 'metavar' | 'repeatable'> = OPTIONS[name]
  const short = option.short === undefined ? '' : `-${option.short}, `
  const flag = option.metavar === undefined ? `--[no-]${flagName(name)}` : `--${flagName(name)} ${option.metavar}`
  return `${short}${flag}${option.repeatable ? ' (repeatable)' : ''}`
}

function initialText(name: OptionName): string {
  const option: Pick<Option<unknown, unknown>, 'show' | 'initial'> = OPTIONS[name]
  return option.show(option.initial).join(' ')
}

function wrap(text: string): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + word.length > 90) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `        ${line}`).join('\n')
}
