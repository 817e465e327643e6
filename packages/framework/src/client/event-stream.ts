/** Server-sent events out of the bytes of a response (WHATWG HTML §9.2.6). Knows the format only. */

/** One event. */
export interface ClientEvent {
  /** `message` where the server names none. */
  readonly event: string
  readonly data: string
  /** For `Last-Event-ID`; `''` before the first one. */
  readonly id: string
}

/** The events of a body, which is cancelled when the loop over them ends. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ClientEvent, void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let lines: string[] = []
  let id = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest += decoder.decode(value, { stream: true })
      // A CR at the end may be the half of a line end.
      const parts = rest.split(/\r\n|\n|\r(?!$)/)
      rest = parts.pop() ?? ''
      for (const line of parts) {
        if (line !== '') lines.push(line)
        else {
          const event = eventOf(lines, id)
          lines = []
          id = event.id
          if (event.data !== undefined) yield { ...event, data: event.data }
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** `data` is undefined for lines that dispatch nothing: comments, an id alone. */
function eventOf(lines: readonly string[], before: string) {
  const data: string[] = []
  let event = 'message'
  let id = before
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
  }
  return { event, id, data: data.length === 0 ? undefined : data.join('\n') }
}
