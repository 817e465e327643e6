/** `tsgi-conformance URL`: prints what came of each row, and ends with 1 if one is red. Knows no row. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CAPABILITIES } from './capabilities.ts'
import { type Report, runConformance } from './conformance.ts'
import type { Target } from './target.ts'

const HELP = `Usage: tsgi-conformance URL [options]

Asks a server that runs conformanceApplication() of @tsgi/conformance, row by row.
URL is http://HOST:PORT, https://HOST:PORT or unix:PATH.

  --protocol http/1.1|h2   how to ask [http/1.1]
  --lacks NAME=REASON      what the platform lacks: a capability or the id of a row (repeatable)
  --mount PATH             where the application is mounted a second time
  --body-limit BYTES       the largest request body that the server takes
  --log FILE               where the server logs: rows then look there for errors
  --workers                several processes answer: rows that look into the application are skipped
  --trusted                this client may say who it is
  --only ID (repeatable)   these rows only
  --all                    prints rows that passed, too
  --json                   prints the report as JSON
  --help

Capabilities: ${Object.keys(CAPABILITIES).join(', ')}
`

/** @returns the exit code: 0 when nothing is red, 1 when something is, 2 for a mistake in the command. */
export async function main(words: readonly string[]): Promise<number> {
  let options: ReturnType<typeof read>
  try {
    options = read(words)
    if (options.values.help || options.positionals.length !== 1) {
      process.stdout.write(HELP)
      return options.values.help ? 0 : 2
    }
    const target = targetOf(options)
    const { only, json, all } = options.values
    const report = await runConformance(target, only === undefined ? {} : { only: new Set(only) })
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report, all))
    return report.red === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`tsgi-conformance: ${error instanceof Error ? error.message : error}\n`)
    return 2
  }
}

function read(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      protocol: { type: 'string', default: 'http/1.1' },
      lacks: { type: 'string', multiple: true, default: [] },
      mount: { type: 'string' },
      'body-limit': { type: 'string' },
      log: { type: 'string' },
      workers: { type: 'boolean', default: false },
      trusted: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
}

function targetOf({ values, positionals }: ReturnType<typeof read>): Target {
  const { protocol, mount, log, workers, trusted } = values
  if (protocol !== 'http/1.1' && protocol !== 'h2') throw new Error(`--protocol ${protocol}: say http/1.1 or h2`)
  const limit = values['body-limit']
  if (limit !== undefined && !/^\d+$/.test(limit)) throw new Error(`--body-limit ${limit}: say a number of bytes`)
  const lacks = Object.fromEntries(
    values.lacks.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1 || at === pair.length - 1) throw new Error(`--lacks ${pair}: say NAME=REASON`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
  return {
    url: positionals[0] ?? '',
    protocol,
    lacks,
    oneProcess: !workers,
    trusted,
    ...(mount === undefined ? {} : { mount }),
    ...(limit === undefined ? {} : { bodyLimit: Number(limit) }),
    ...(log === undefined ? {} : { log: () => readFileSync(log, 'utf8') }),
  }
}

const MARKS = { passed: 'ok', failed: 'FAILED', lacking: 'lacks', unneeded: 'PASSES', skipped: 'skipped' } as const

function textOf({ results, passed, red, lacking, skipped }: Report, all: boolean): string {
  const lines = results.flatMap(({ id, title, outcome }) => {
    if (outcome.kind === 'passed') return all ? [`${MARKS.passed} ${id} ${title}`] : []
    if (outcome.kind === 'skipped' && !all) return []
    const reason = 'reason' in outcome ? `: ${outcome.reason}` : ''
    const message = outcome.kind === 'failed' ? `: ${outcome.message}` : ''
    return [`${MARKS[outcome.kind]} ${id} ${title}${message}${reason}`]
  })
  return `${[...lines, `${passed} passed, ${red} red, ${lacking} lacking with a reason, ${skipped} skipped`].join('\n')}\n`
}
