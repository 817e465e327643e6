/** Reads one header out of a response's list. Called by every middleware that decides by headers. */
import type { HeaderList } from '@tsgi/contract'

/** The value of a header, several joined; `undefined` without it. @param name in lower case. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const values = headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}
