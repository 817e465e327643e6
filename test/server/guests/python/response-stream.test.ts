/** A body between a worker that sends and a server that pulls. */
import { describe, expect, it } from 'vitest'
import { WINDOW_BYTES } from '../../../../packages/server/src/guests/python/frames.ts'
import { ResponseStream } from '../../../../packages/server/src/guests/python/response-stream.ts'

function stream(): { stream: ResponseStream; said: (string | number)[] } {
  const said: (string | number)[] = []
  return {
    said,
    stream: new ResponseStream({ taken: (octets) => said.push(octets), dropped: () => said.push('dropped') }),
  }
}

const piece = (size: number) => new Uint8Array(size)

describe('ResponseStream', () => {
  it('gives what has come, waits for what has not, and ends', async () => {
    const { stream: body } = stream()
    body.push(piece(1))
    expect((await body.next()).value).toHaveLength(1)
    const later = body.next()
    body.push(piece(2))
    expect((await later).value).toHaveLength(2)
    const end = body.next()
    body.end()
    expect((await end).done).toBe(true)
    expect((await body.next()).done).toBe(true)
  })

  it('gives what came before the end, and before a failure', async () => {
    const { stream: body } = stream()
    body.push(piece(1))
    body.fail(new Error('broken'))
    expect((await body.next()).value).toHaveLength(1)
    await expect(body.next()).rejects.toThrow('broken')
  })

  it('gives room in steps, as it is read', async () => {
    const { stream: body, said } = stream()
    for (let i = 0; i < 4; i++) body.push(piece(WINDOW_BYTES / 4))
    expect(body.isFull).toBe(true)
    await body.next()
    expect(said).toEqual([WINDOW_BYTES / 4])
    expect(body.isFull).toBe(false)
    body.push(piece(10))
    for (let i = 0; i < 4; i++) await body.next()
    expect(said).toEqual([WINDOW_BYTES / 4, WINDOW_BYTES / 4, WINDOW_BYTES / 4, WINDOW_BYTES / 4])
  })

  it.each(['close', 'return'] as const)('that is left by %s() tells so once, and takes no more', async (way) => {
    const { stream: body, said } = stream()
    const waiting = body.next()
    await body[way]()
    await body.close()
    expect((await waiting).done).toBe(true)
    body.push(piece(1))
    expect((await body.next()).done).toBe(true)
    expect(said).toEqual(['dropped'])
  })

  it('that has ended is not dropped by close()', async () => {
    const { stream: body, said } = stream()
    body.end()
    body.close()
    expect(said).toEqual([])
  })
})
