/**
 * One segment of a pattern as text, a parameter being NUL in it: what it takes, and what two of them take in common.
 * Knows segments only. Called by ambiguities.ts and overlap-tree.ts.
 */

export const PARAMETER = '\0'
/** What a parameter may be, in a path that is shown. */
export const SAMPLE = 'x'
/** What no text is: whoever takes it takes whatever stands there. */
export const ANYTHING = '\u0001'

export function sampleOf(segment: string, sample: string): string {
  return segment.replaceAll(PARAMETER, sample)
}

/** A text that both segments take, with ANYTHING where it may be anything. */
export function commonText(a: string, b: string): string | undefined {
  const joined = (x: string, y: string) => `${x.split(PARAMETER)[0]}${ANYTHING}${y.split(PARAMETER).at(-1)}`
  const candidates = [sampleOf(a, ANYTHING), sampleOf(b, ANYTHING), joined(a, b), joined(b, a)]
  return candidates.find((text) => takes(a, text) && takes(b, text))
}

/** Whether a segment takes a text: its own texts in their order, and at least a character for each parameter. */
export function takes(segment: string, text: string): boolean {
  const [head = '', ...texts] = segment.split(PARAMETER)
  if (texts.length === 0) return text === segment
  const tail = texts.pop() ?? ''
  if (!text.startsWith(head)) return false
  let at = head.length
  for (const middle of texts) {
    const found = text.indexOf(middle, at + 1)
    if (found < 0) return false
    at = found + middle.length
  }
  return text.length > at + tail.length && text.endsWith(tail)
}
