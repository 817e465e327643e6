/** What happens to a master, one kind a line, and what to call it in the log. Knows no reaction: that is the master's. */
import type { ControlRequest } from '../ipc/control-protocol.ts'
import type { Reading } from './config-reload.ts'
import type { Caller } from './control.ts'
import type { Order } from './signals.ts'
import type { UpgradeOutcome } from './upgrade.ts'
import type { WorkerEvent } from './worker-process.ts'

export type MasterEvent =
  | WorkerEvent
  | { readonly type: 'control'; readonly request: ControlRequest; readonly caller: Caller }
  | { readonly type: 'order'; readonly order: Order; readonly cause: string }
  | { readonly type: 'read'; readonly reading: Reading }
  | { readonly type: 'upgrade'; readonly outcome: UpgradeOutcome }
  | { readonly type: 'taken' }

/** For the log: what was being handled. */
export function nameOfEvent(event: MasterEvent): string {
  if (event.type === 'order') return `the order to ${event.order}`
  if (event.type === 'control') {
    const { request } = event
    return `tsgi ${request.order === 'examine' ? request.examination.kind : request.order}`
  }
  if (event.type === 'message') return `the message "${event.message.type}" of worker ${event.worker.pid}`
  if (event.type === 'upgrade' || event.type === 'taken') return 'an upgrade'
  return event.type === 'exit' ? `the end of worker ${event.worker.pid}` : 'a new configuration'
}
