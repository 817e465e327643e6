/**
 * What the control socket carries: one line of JSON each way. What a worker says of itself to an operator follows in frames
 * on the same connection (`examination-frames`). Types only.
 */
import type { Examination } from './examination.ts'

export type ControlRequest =
  | { readonly order: 'status' }
  /** The text of the reply is a `TopSample` as JSON. */
  | { readonly order: 'top' }
  | { readonly order: 'reload' }
  | { readonly order: 'stop' }
  | { readonly order: 'upgrade' }
  | { readonly order: 'workers'; readonly count: number }
  /** `worker`: its process id, or its number as `tsgi status` shows it. */
  | { readonly order: 'examine'; readonly worker: number; readonly examination: Examination }

export type ControlReply =
  | { readonly ok: true; readonly text: string }
  /** Why it could not be done. */
  | { readonly ok: false; readonly text: string }
