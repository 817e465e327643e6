import { appendFileSync, closeSync, fstatSync, openSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OpenFileBody } from '../../../packages/framework/src/static/file-body.ts'
import { makeTree, removeTree } from './site-fixture.ts'

const SIZE = 8 * 1024 * 1024
const octets = Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + (i >> 8)) & 255)

let base = ''
beforeAll(() => {
  base = makeTree({ big: octets })
})
afterAll(() => removeTree(base))

const big = () => join(base, 'big')

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

describe('a span of a file as a body', () => {
  it('is sent whole, in blocks of at most 64 KiB, and then closed', async () => {
    const body = new OpenFileBody(openSync(big(), 'r'), 0, SIZE)
    let length = 0
    for await (const chunk of body) {
      expect(chunk.byteLength).toBeLessThanOrEqual(64 * 1024)
      expect(Buffer.compare(chunk, octets.subarray(length, length + chunk.byteLength))).toBe(0)
      length += chunk.byteLength
    }
    expect(length).toBe(SIZE)
    expect(isOpen(body.fd)).toBe(false)
  })

  it('is any span', async () => {
    const span = fc
      .nat(SIZE - 1)
      .chain((start) => fc.tuple(fc.constant(start), fc.nat(Math.min(SIZE - start, 300_000))))
    await fc.assert(
      fc.asyncProperty(span, async ([start, length]) => {
        const sent = await collect(new OpenFileBody(openSync(big(), 'r'), start, length))
        expect(Buffer.compare(sent, octets.subarray(start, start + length))).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('closes its descriptor once, however often it is told', async () => {
    const body = new OpenFileBody(openSync(big(), 'r'), 0, SIZE)
    await Promise.all([body.close(), body.close()])
    // The number is free again, and somebody else has it.
    const other = openSync(big(), 'r')
    expect(other).toBe(body.fd)
    await body.close()
    expect(await collect(body).catch((error: Error) => error.message)).toBe('the file body was read after close()')
    expect(isOpen(other)).toBe(true)
    closeSync(other)
  })

  it('is closed when its reader stops early', async () => {
    const body = new OpenFileBody(openSync(big(), 'r'), 0, SIZE)
    for await (const chunk of body) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
    expect(isOpen(body.fd)).toBe(false)
  })

  it('is not closed under a read: the number could be another file by then', async () => {
    const body = new OpenFileBody(openSync(big(), 'r'), 0, SIZE)
    const iterator = body[Symbol.asyncIterator]()
    const reading = iterator.next()
    const closing = body.close()
    expect(isOpen(body.fd)).toBe(true)
    const { value } = await reading
    expect(Buffer.compare(value ?? new Uint8Array(), octets.subarray(0, 64 * 1024))).toBe(0)
    await closing
    expect(isOpen(body.fd)).toBe(false)
    await expect(iterator.next()).rejects.toThrow('the file body was read after close()')
  })

  it('fails when the file shrinks while it is sent, and neither pads nor waits (S-17)', async () => {
    const path = join(base, 'shrinks')
    writeFileSync(path, octets)
    const body = new OpenFileBody(openSync(path, 'r'), 0, SIZE)
    let sent = 0
    const sending = (async () => {
      for await (const chunk of body) {
        sent += chunk.byteLength
        if (sent === 1024 * 1024) truncateSync(path, 2 * 1024 * 1024 + 7)
      }
    })()
    await expect(sending).rejects.toThrow('the file shrank while it was sent: nothing at byte 2097159')
    expect(sent).toBe(2 * 1024 * 1024 + 7)
    expect(isOpen(body.fd)).toBe(false)
  })

  it('stops at its length when the file grows (S-17)', async () => {
    const path = join(base, 'grows')
    writeFileSync(path, octets.subarray(0, 100_000))
    const body = new OpenFileBody(openSync(path, 'r'), 0, 100_000)
    appendFileSync(path, 'more')
    expect((await collect(body)).byteLength).toBe(100_000)
  })

  it('is the old content, whole, when the file is replaced by rename (S-17)', async () => {
    const path = join(base, 'replaced')
    writeFileSync(path, octets)
    const body = new OpenFileBody(openSync(path, 'r'), 0, SIZE)
    writeFileSync(`${path}.new`, 'new')
    renameSync(`${path}.new`, path)
    expect(Buffer.compare(await collect(body), octets)).toBe(0)
  })
})
