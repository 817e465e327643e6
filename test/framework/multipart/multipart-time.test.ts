/** Multipart in linear time, whatever it holds and however it is cut (B-02, CVE-2023-46136). */
import { describe, expect, it } from 'vitest'
import { decideLimits } from '../../../packages/framework/src/multipart/limits.ts'
import { growth } from '../growth.ts'
import { BOUNDARY, cut, form, later, part, readMultipart } from './multipart-body.ts'

const KIB = 2 ** 10

async function readAll(pieces: readonly Uint8Array[]): Promise<void> {
  const limits = decideLimits({ parts: 1e9, files: 1e9, fieldsSize: 2 ** 30 }, 2 ** 30)
  for await (const each of readMultipart(later(pieces), BOUNDARY, limits)) for await (const _ of each);
}

const file = (content: string) => form(part('name="a"; filename="b"', content))
const fill = (unit: string, size: number) => unit.repeat(Math.ceil(size / unit.length))

describe('a multipart body', () => {
  it.each<[string, (size: number) => Uint8Array]>([
    ['of CRs', (size) => file(fill('\r', size))],
    ['of near-delimiters', (size) => file(fill('\r\n-', size))],
    ['of almost the boundary', (size) => file(fill(`\r\n--${BOUNDARY.slice(0, -1)}`, size))],
    ['of almost a long boundary', (size) => file(fill('\r\n--\r', size))],
    ['of lines', (size) => file(fill('a\r\n', size))],
    ['of small parts', (size) => form(fill(part('name="a"'), size / 8))],
    ['of many large heads', (size) => form(fill(part('name="a"', 'x', `A: ${'b'.repeat(4000)}\r\n`), size))],
  ])('%s is read in linear time, whole and in pieces', async (_, make) => {
    for (const [length, size] of [
      [64 * KIB, 256 * KIB],
      [16, 32 * KIB],
    ] as const) {
      expect(await growth((octets) => prepared(make(octets), length), size, 8)).toBeLessThan(40)
    }
  })

  it('of 8 MiB in the worst form is read', async () => {
    await readAll([file(fill('\r\n-', 8192 * KIB))])
  })
})

function prepared(octets: Uint8Array, length: number): () => Promise<void> {
  const pieces = [...cut(octets, [length])]
  return () => readAll(pieces)
}
