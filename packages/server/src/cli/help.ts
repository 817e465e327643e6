/**
 * What `tsgi help` prints: a screen for the whole, a screen for each command, and all options. The options, and their table in
 * the documentation, come from the one table of options.
 */
import type { Option, OptionGroup } from '../config/option.ts'
import { flagName, OPTION_NAMES, OPTIONS, type OptionName, variableName } from '../config/options.ts'
import { SIGNALS } from '../master/signals.ts'

const OVERVIEW = `Usage: tsgi COMMAND …

  serve      serve an application or a folder
  routes     print the route table
  openapi    print the OpenAPI document
  call       send one request to an application, without a server
  replay     play requests again that tsgi serve --record kept
  status     what a server that runs in this directory does
  reload     load its code and configuration again, losing no request
  top        the same, again each second, with requests per second
  inspect    open the debugger of one worker; profile and heap write what its time and memory go to
  workers    change its number of workers: tsgi workers 4
  stop       stop it
  help       this text; tsgi help COMMAND for one command, tsgi help options for all options
  version    print the version

  tsgi serve app.ts                      serves its export "application"
  tsgi serve app.ts --reload             the same, for development
  tsgi serve flaskapp:app                a Python WSGI application; Express, Koa, Fastify, Hono … likewise
  tsgi serve ./html                      a folder of pages
  tsgi routes app.ts
  tsgi call app.ts GET /users/7
`

const SERVE = `Usage: tsgi serve MODULE[:CALLABLE]|FOLDER [options]

  tsgi serve app.ts                      serves its export "application", "app" or "default"
  tsgi serve app.ts:site                 serves another export
  tsgi serve 'app.ts:create_app()'       calls a factory; its arguments may be JSON literals
  tsgi serve flaskapp:app                a Python WSGI application
  tsgi serve ./html                      a folder of pages; --listing shows what is in it, --dynamic runs programs

The options that are used most:
`

/** One line each; the whole of them is in `tsgi help options`. */
const COMMON: readonly (readonly [OptionName, string])[] = [
  ['port', 'listen at this port of 127.0.0.1, or of --host [8000]'],
  ['host', 'listen at this address; 0.0.0.0 for every one'],
  ['bind', 'HOST:PORT, :PORT, unix:PATH or fd:N; may be given again'],
  ['workers', 'worker processes; one per core is a good start [1]'],
  ['reload', 'for development: load again when a file changes'],
  ['timeout', 'kill a worker whose event loop stands still this long [30]'],
  ['requestTimeout', 'answer 503 to a request that takes longer [off]'],
  ['accessLogfile', 'write one line per request here; - is standard output'],
  ['forwardedAllowIps', 'believe the forwarded headers of these proxies'],
  ['certfile', 'speak HTTPS with this certificate; --keyfile names its key'],
  ['metrics', 'serve /metrics, /-/health and /-/ready at this address'],
  ['user', 'run workers as this user'],
  ['config', 'read options from this file [tsgi.config.ts]'],
  ['checkConfig', 'say what is wrong with configuration and application'],
]

const CONTROL = `Usage: tsgi status | reload | upgrade | workers N | stop [--chdir DIR] [--control-socket PATH]

  tsgi status       what the server that runs in this directory does: workers, requests, memory
  tsgi reload       loads code and configuration again and says how it went; no request is lost
  tsgi workers 4    changes the number of workers
  tsgi upgrade      starts a new master on the same sockets, and lets the old one leave: for a new version of tsgi or Node
  tsgi stop         stops it: requests in flight are answered within --graceful-timeout

The server is the one that was started in this directory, or in --chdir DIR.
`

/** The text for a word after `tsgi help`; `undefined` for a word that is no topic. */
export function helpOf(topic: string | undefined): string | undefined {
  if (topic === undefined || topic === 'help' || topic === 'version') return OVERVIEW
  if (topic === 'serve') return serveHelp()
  if (topic === 'options') return optionsHelp()
  return ['status', 'reload', 'upgrade', 'workers', 'stop'].includes(topic) ? CONTROL : undefined
}

function serveHelp(): string {
  const flags = COMMON.map(([name, text]) => `  ${flagText(name, '').padEnd(34)} ${text}`)
  const rest =
    'tsgi help options describes every option. Each is also a variable TSGI_NAME; a flag wins over a variable,'
  return `${SERVE}${flags.join('\n')}\n\n${rest}\nand a variable over the config file.\n`
}

/** Every option and every signal. */
export function optionsHelp(): string {
  const lines = ['Options of tsgi serve. Each is also a variable TSGI_NAME and a key of tsgi.config.ts.', '']
  for (const group of optionGroups()) {
    lines.push(`${group}:`)
    for (const name of OPTION_NAMES) if (OPTIONS[name].group === group) lines.push(helpLines(name))
    lines.push('')
  }
  lines.push('Signals:', ...SIGNALS.map(({ signal, meaning }) => `  ${signal.slice(3)}\n${wrap(meaning)}`))
  return lines.join('\n')
}

/** In the order of the table. */
export function optionGroups(): ReadonlySet<OptionGroup> {
  return new Set<OptionGroup>(OPTION_NAMES.map((name) => OPTIONS[name].group))
}

function helpLines(name: OptionName): string {
  const initial = initialText(name)
  return `  ${flagText(name)}\n${wrap(`${OPTIONS[name].help}${initial === '' ? '' : ` [${initial}]`}`)}`
}

/** The options of a group, or all, as a table in Markdown. */
export function helpTable(group?: OptionGroup): string {
  const names = OPTION_NAMES.filter((name) => group === undefined || OPTIONS[name].group === group)
  const rows = names.map((name) => {
    const flag = `\`${flagText(name).replaceAll('|', '\\|')}\``
    return `| ${flag} | \`${variableName(name)}\` | \`${name}\` | ${initialText(name)} | ${OPTIONS[name].help} |`
  })
  return ['| option | variable | in a config file | default | meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** The page of all options in the documentation. */
export function optionsPage(): string {
  const groups = [...optionGroups()].map((group) => `## ${group}\n\n${helpTable(group)}\n`)
  return `# Options of tsgi serve

This page is made from the table of options in \`packages/server/src/config/options.ts\`; a test keeps them the same.

Where an option is written at several places, the first of these counts:

| place | example |
| --- | --- |
| a flag | \`--workers 4\` |
| a variable of ours | \`TSGI_WORKERS=4\` |
| the config file | \`export default defineConfig({ workers: 4 })\` |
| a variable of the platform: \`PORT\`, \`HOST\`, \`WEB_CONCURRENCY\` | \`WEB_CONCURRENCY=4\` |
| the default | \`1\` |

\`--bind\` and \`--host\`/\`--port\` say the same thing: the one at the higher place counts, and both at one place are an error. \`PORT\` alone means
every address of the machine. \`HOST\` counts as an address or \`localhost\` only, since some shells set it to the name of the machine.
Variables that Kubernetes and Docker make up for a service named \`tsgi\` (\`TSGI_SERVICE_HOST\`, \`TSGI_PORT=tcp://…\`) are ignored.

${groups.join('\n')}`
}

function flagText(name: OptionName, repeatable = ' (repeatable)'): string {
  const option: Pick<Option<unknown, unknown>, 'short' | 'metavar' | 'repeatable'> = OPTIONS[name]
  const short = option.short === undefined ? '' : `-${option.short}, `
  const flag = option.metavar === undefined ? `--[no-]${flagName(name)}` : `--${flagName(name)} ${option.metavar}`
  return `${short}${flag}${option.repeatable ? repeatable : ''}`
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
