/**
 * The signals that the master takes: the table that the code acts on and that docs/SIGNALS.md is made from.
 * Meanings are gunicorn's. Knows the names of orders, not how they are carried out.
 */

/** What a signal, or the control socket, tells the master to do. */
export type Order =
  | 'stop gracefully'
  | 'stop now'
  | 'reload'
  | 'upgrade'
  | 'add a worker'
  | 'remove a worker'
  | 'reopen logs'

export interface SignalRow {
  readonly signal: NodeJS.Signals
  readonly order: Order
  /** For the operator, one sentence. */
  readonly meaning: string
}

export const SIGNALS: readonly SignalRow[] = [
  {
    signal: 'SIGTERM',
    order: 'stop gracefully',
    meaning:
      'Stop: take no new connection, answer what is in flight within --graceful-timeout, exit 0. A second one stops at once.',
  },
  {
    signal: 'SIGINT',
    order: 'stop now',
    meaning: 'Stop at once: what is in flight is cut, exit 0. A second one kills.',
  },
  { signal: 'SIGQUIT', order: 'stop now', meaning: 'The same as SIGINT.' },
  {
    signal: 'SIGHUP',
    order: 'reload',
    meaning:
      'Reload: read the config file again, start new workers one by one, wait until each is ready, then retire an old one. If the configuration is invalid or the code does not load, nothing changes, and the log says why.',
  },
  { signal: 'SIGTTIN', order: 'add a worker', meaning: 'One worker more.' },
  { signal: 'SIGTTOU', order: 'remove a worker', meaning: 'One worker less, but never less than one.' },
  { signal: 'SIGUSR1', order: 'reopen logs', meaning: 'Open the log files again, after a rotation.' },
  {
    signal: 'SIGUSR2',
    order: 'upgrade',
    meaning:
      'Upgrade: start a new master (a new version of the server, of Node, of what needs a restart) on the same sockets, wait until its workers are ready, then let go and leave. If it fails, all stays as it was, and the log says why. A second one meanwhile is refused.',
  },
]

/** What a signal does when it is sent to a single worker. */
export const WORKER_SIGNALS: readonly { readonly signal: NodeJS.Signals; readonly meaning: string }[] = [
  { signal: 'SIGTERM', meaning: 'Be replaced: a new worker starts, and this one retires when that one is ready.' },
  { signal: 'SIGQUIT', meaning: 'Leave at once; what is in flight is cut; a new worker starts.' },
  { signal: 'SIGUSR1', meaning: 'Open the log files again.' },
  { signal: 'SIGINT', meaning: 'Nothing: a terminal sends it to the whole group, and the master sees to its workers.' },
  { signal: 'SIGHUP', meaning: 'Nothing, for the same reason.' },
  { signal: 'SIGUSR2', meaning: 'Nothing, as SIGTTIN and SIGTTOU: they are for the master.' },
]

/** The text of docs/SIGNALS.md. */
export function signalsDocument(): string {
  return `# Signals

This page is made from the table in \`packages/server/src/master/signals.ts\`; a test keeps them the same.

## To the master

${tableOf(SIGNALS)}

## To one worker

${tableOf(WORKER_SIGNALS)}
`
}

/** Aligned, as a formatter of Markdown leaves it. */
function tableOf(table: readonly { readonly signal: string; readonly meaning: string }[]): string {
  const rows = [['signal', 'meaning'], ...table.map(({ signal, meaning }) => [signal.replace('SIG', ''), meaning])]
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
