/**
 * Tells systemd how the service is (sd_notify(3)). The socket is a datagram socket in the file system, which Node
 * cannot speak to, so systemd's own `systemd-notify` does it.
 */
import { execFile } from 'node:child_process'
import type { Logger } from '../log/logger.ts'

export type Notice = 'ready' | 'stopping'

const ARGUMENTS: Readonly<Record<Notice, readonly string[]>> = {
  ready: ['--ready', '--status=Serving'],
  stopping: ['STOPPING=1'],
}

/** Does nothing where systemd does not ask for it. A failure is a line in the log. */
export function notifySystemd(notice: Notice, env: Readonly<Record<string, string | undefined>>, logger: Logger): void {
  if (!env.NOTIFY_SOCKET) return
  execFile('systemd-notify', [`--pid=${process.pid}`, ...ARGUMENTS[notice]], { env: { ...env } }, (error) => {
    if (error !== null)
      logger.warning(`cannot tell systemd that the service is ${notice}: ${error.message.split('\n')[0]}`)
  })
}
