/** What the control socket carries: one line of JSON each way. Types only. */

export type ControlRequest =
  | { readonly order: 'status' }
  | { readonly order: 'reload' }
  | { readonly order: 'stop' }
  | { readonly order: 'upgrade' }
  | { readonly order: 'workers'; readonly count: number }

export type ControlReply =
  | { readonly ok: true; readonly text: string }
  /** Why it could not be done. */
  | { readonly ok: false; readonly text: string }
