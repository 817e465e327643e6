/** What systemd hands over in the environment (sd_listen_fds(3), sd_notify(3)). */
import type { Bind } from '../config/bind.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The descriptor of the first socket (SD_LISTEN_FDS_START). */
const FIRST = 3

/** The sockets that were meant for this very process; they take the place of `--bind`. */
export function activatedSockets(env: Environment, pid: number): readonly Bind[] | undefined {
  const count = Number(env.LISTEN_FDS)
  if (env.LISTEN_PID !== String(pid) || !Number.isInteger(count) || count < 1) return undefined
  return Array.from({ length: count }, (_, index) => ({ kind: 'fd', fd: FIRST + index }))
}

const FOR_THE_MASTER = new Set([
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
])

/** The environment for workers: what was meant for the master alone is not passed on. */
export function withoutSystemd(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !FOR_THE_MASTER.has(name)))
}
