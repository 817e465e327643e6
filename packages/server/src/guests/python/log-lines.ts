/** What a process writes, line by line and safe to show. Knows streams and text only. */
import type { Readable } from 'node:stream'

/** A line that never ends is shown in parts of this many characters. */
const LONGEST = 16 * 1024

export function onLine(stream: Readable, show: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) show(printable(line))
    if (rest.length > LONGEST) {
      show(printable(rest))
      rest = ''
    }
  })
  stream.on('end', () => {
    if (rest !== '') show(printable(rest))
    rest = ''
  })
  stream.on('error', () => undefined)
}

/** Text may hold a client's octets: what a terminal would obey is escaped. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\t') return character
    const code = character.codePointAt(0) ?? 0
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}
