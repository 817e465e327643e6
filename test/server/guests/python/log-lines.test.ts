/** What a process writes becomes lines that are safe to show. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { onLine } from '../../../../packages/server/src/guests/python/log-lines.ts'

async function lines(...parts: (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  const shown: string[] = []
  onLine(stream, (line) => shown.push(line))
  for (const part of parts) stream.write(part)
  stream.end()
  await new Promise((resolve) => stream.once('close', resolve))
  return shown
}

it('joins what belongs together, and shows a last line without an end', async () => {
  expect(await lines('a', 'b\nc', '\n\nd')).toEqual(['ab', 'c', '', 'd'])
})

it('keeps a character whose octets come apart', async () => {
  const [first, ...rest] = [...Buffer.from('中')].map((octet) => Buffer.from([octet]))
  expect(await lines(first ?? '', ...rest, '\n')).toEqual(['中'])
})

it('escapes what a terminal would obey', async () => {
  expect(await lines('\x1b[31m\r\x9b\u202e\ttab\n')).toEqual(['\\x1b[31m\\x0d\\x9b\\u{202e}\ttab'])
})

it('shows a line that never ends in parts', async () => {
  const shown = await lines('x'.repeat(10_000), 'x'.repeat(10_000), 'y\n')
  expect(shown).toEqual(['x'.repeat(20_000), 'y'])
})
