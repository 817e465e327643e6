/** Reads what a process writes, line by line, and makes it safe to show. Knows streams and text only. */
import type { Readable } from 'node:stream'

/** A longer line of a log is shown in parts. */
const MAX_LINE_CHARACTERS = 16 * 1024

export function onLine(stream: Readable, show: (line: string) => void, max: number = MAX_LINE_CHARACTERS): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) show(printable(line))
    if (rest.length > max) {
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

/** Text may hold bytes of a client: control characters, which a terminal would obey, are escaped. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\t') return character
    const code = character.codePointAt(0) ?? 0
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}
