import { describe, expect, it } from 'vitest'
import { RequestBody } from '../../../packages/server/src/connection/request-body.ts'
import { Timeouts } from '../../../packages/server/src/connection/timeouts.ts'
import type { BodyFraming } from '../../../packages/server/src/http1/body-framing.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'
import { NO_CLOCKS } from '../../wire/replay.ts'

function bodyOf(framing: BodyFraming, expectsContinue = false) {
  const asked = { body: 0, continue: 0, freed: 0 }
  const owner = {
    bodyWanted: () => asked.body++,
    continueWanted: () => asked.continue++,
    memoryFreed: () => asked.freed++,
  }
  return { body: new RequestBody(framing, expectsContinue, DEFAULT_LIMITS, owner, new Timeouts(NO_CLOCKS)), asked }
}

function feed(body: RequestBody, text: string): number {
  return body.receive(Buffer.from(text), 0)
}

async function pulled(body: RequestBody): Promise<string | null> {
  const octets = await body.pull()
  return octets === null ? null : Buffer.from(octets).toString()
}

describe('a request body between connection and application', () => {
  it('hands out what came before the reader, then what comes, then the end', async () => {
    const { body } = bodyOf({ kind: 'length', length: 6 })
    expect(feed(body, 'ab')).toBe(2)
    expect(await pulled(body)).toBe('ab')
    const next = pulled(body)
    expect(body.isAwaited).toBe(true)
    expect(feed(body, 'cdefGET')).toBe(4)
    expect([await next, await pulled(body), await pulled(body)]).toEqual(['cdef', null, null])
  })

  it('asks for 100 Continue on the first read, once, and not when nobody reads', async () => {
    const { body, asked } = bodyOf({ kind: 'length', length: 2 }, true)
    expect([asked.continue, body.keepsConnection(1000)]).toEqual([0, false])
    const first = pulled(body)
    feed(body, 'a')
    await first
    feed(body, 'b')
    await pulled(body)
    expect([asked.continue, body.keepsConnection(1000)]).toEqual([1, true])
  })

  it('is full when the reader is behind, and not when the reader has caught up', async () => {
    const { body } = bodyOf({ kind: 'length', length: 1e6 })
    feed(body, 'a'.repeat(65_536))
    expect(body.isFull).toBe(true)
    await body.pull()
    expect(body.isFull).toBe(false)
    const { body: small } = bodyOf({ kind: 'length', length: 1e6 })
    for (let piece = 0; piece < 300; piece++) feed(small, 'a')
    expect(small.isFull).toBe(true)
  })

  it('hands out small chunks of one read together, large ones as they are, in order (L-01, L-02)', async () => {
    const { body } = bodyOf({ kind: 'chunked' })
    const large = 'L'.repeat(1024)
    const chunk = (content: string) => `${content.length.toString(16)}\r\n${content}\r\n`
    feed(body, ['a', 'b', large, 'c', large, 'd', 'e'].map(chunk).join(''))
    feed(body, chunk('f').repeat(5000))
    for (const piece of ['ab', large, 'c', large, 'de', 'f'.repeat(5000)]) expect(await pulled(body)).toBe(piece)
  })

  it('hands out small chunks that came before a fault', async () => {
    const { body } = bodyOf({ kind: 'chunked' })
    const waiting = pulled(body)
    feed(body, '1\r\na\r\n1\r\nb\r\nXX')
    expect(await waiting).toBe('ab')
    await expect(body.pull()).rejects.toMatchObject({ 'tsgi.status': 400 })
  })

  it('fails behind what can still be read, with the status of the fault', async () => {
    const { body } = bodyOf({ kind: 'chunked' })
    feed(body, '3\r\nabcXX')
    expect(await pulled(body)).toBe('abc')
    expect(body.keepsConnection(1000)).toBe(true)
    await expect(body.pull()).rejects.toMatchObject({ 'tsgi.status': 400 })
    await expect(body.pull()).rejects.toMatchObject({ 'tsgi.status': 400 })
    expect(body.keepsConnection(1000)).toBe(false)
  })

  it('fails for the one who waits, and only the first fault counts', async () => {
    const { body } = bodyOf({ kind: 'length', length: 3 })
    const waiting = expect(body.pull()).rejects.toThrow('ended before')
    body.clientEnded()
    body.fail(new Error('another'))
    await waiting
    await expect(body.pull()).rejects.toThrow('ended before')
  })

  it('cannot fail once it is complete', async () => {
    const { body } = bodyOf({ kind: 'length', length: 1 })
    feed(body, 'a')
    body.clientEnded()
    expect([await pulled(body), await pulled(body)]).toEqual(['a', null])
  })

  it('when dropped is counted and kept no more, and nobody may read it', async () => {
    const { body } = bodyOf({ kind: 'length', length: 10 })
    feed(body, 'ab')
    body.drop()
    feed(body, 'cde')
    expect([body.dropped, body.isFull]).toEqual([3, false])
    await expect(body.pull()).rejects.toThrow('the response has ended')
    feed(body, 'fghij')
    expect(body.complete).toBe(true)
  })

  it('when dropped with bytes that nobody has read is not taken for a whole one', async () => {
    const { body } = bodyOf({ kind: 'length', length: 2 })
    feed(body, 'ab')
    body.drop()
    await expect(body.pull()).rejects.toThrow('the response has ended')
    expect([body.complete, body.dropped]).toEqual([true, 0])
  })

  it('when dropped fails the one who waits', async () => {
    const { body } = bodyOf({ kind: 'length', length: 10 })
    const waiting = expect(body.pull()).rejects.toThrow('the response has ended')
    body.drop()
    await waiting
  })

  it.each([
    [100, true],
    [101, false],
  ])('keeps the connection if no more than the bound is left to read: %i of 100', (length, expected) => {
    expect(bodyOf({ kind: 'length', length }).body.keepsConnection(100)).toBe(expected)
  })

  it('says what is still to come, if that is known', async () => {
    const { body } = bodyOf({ kind: 'length', length: 5 })
    feed(body, 'abc')
    expect(body.remaining).toBe(5)
    await body.pull()
    expect(body.remaining).toBe(2)
    expect(bodyOf({ kind: 'chunked' }).body.remaining).toBeUndefined()
  })

  it('frees a chunk that is all of a read, and leaves one that shares its memory', () => {
    const { body, asked } = bodyOf({ kind: 'length', length: 5 })
    const [alone, shared] = [new Uint8Array(100), new Uint8Array(100).subarray(1)]
    body.release(alone)
    body.release(shared)
    expect([alone.length, shared.length, asked.freed]).toEqual([0, 99, 1])
  })
})
