import { environFor } from '@tsgi/contract/testing'
import { expect, test } from 'vitest'

test('ends where the declared length ends: what follows is the next request’s', async () => {
  const input = environFor('/', { body: ['ab', 'cd', 'ef'], headers: { 'Content-Length': '3' } })['wsgi.input']
  expect(text(await input.read())).toBe('abc')
  expect(text(await input.read())).toBe('')
})

test.each(['read', 'readline', 'iteration'])('rejects with 400 when the body is cut short: %s', async (reader) => {
  const input = environFor('/', { body: 'ab', headers: { 'Content-Length': '3' } })['wsgi.input']
  const readers: Record<string, () => Promise<unknown>> = {
    read: () => input.read(),
    readline: () => input.readline(),
    iteration: () => collect(input),
  }
  await expect(readers[reader]?.()).rejects.toMatchObject({ 'tsgi.status': 400 })
})

test('reads by size across chunks, and stops short only at the end', async () => {
  const input = environFor('/', { body: ['a', 'b', '', 'cde'] })['wsgi.input']
  expect(text(await input.read(0))).toBe('')
  expect(text(await input.read(4))).toBe('abcd')
  expect(text(await input.read(4))).toBe('e')
})

test('reads by line across chunks, whatever the line ends with', async () => {
  const input = environFor('/', { body: ['a', 'b\nc\r', '\n\n', 'd'] })['wsgi.input']
  const lines: string[] = []
  for (let line = text(await input.readline()); line !== ''; line = text(await input.readline())) lines.push(line)
  expect(lines).toEqual(['ab\n', 'c\r\n', '\n', 'd'])
})

test('iterates over chunks that are never empty', async () => {
  const body = (async function* () {
    yield* ['a', '', new Uint8Array(0), 'bc']
  })()
  const chunks = await collect(environFor('/', { body })['wsgi.input'])
  expect(chunks.map(text)).toEqual(['a', 'bc'])
})

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

async function collect(input: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of input) chunks.push(chunk)
  return chunks
}
