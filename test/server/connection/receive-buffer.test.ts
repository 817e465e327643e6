import { describe, expect, it } from 'vitest'
import { ReceiveBuffer } from '../../../packages/server/src/connection/receive-buffer.ts'

describe('what has arrived and nobody has taken', () => {
  it('is taken in order, piece by piece, from where the last taker stopped', () => {
    const inbox = new ReceiveBuffer()
    inbox.push(Buffer.from('abc'))
    inbox.push(Buffer.from('def'))
    inbox.takeTo(2)
    expect([inbox.text.slice(inbox.at), inbox.piece.toString()]).toEqual(['c', 'abc'])
    inbox.takeTo(3)
    expect([inbox.at, inbox.text]).toEqual([0, 'def'])
    inbox.takeTo(3)
    expect(inbox.isEmpty).toBe(true)
  })

  it('is latin-1 text, index for index', () => {
    const inbox = new ReceiveBuffer()
    inbox.push(Buffer.from([0x41, 0xe9, 0xff, 0x00]))
    expect(inbox.text).toBe('A\xe9\xff\0')
  })

  it('is full by octets, or by pieces, and no longer when they are taken', () => {
    const inbox = new ReceiveBuffer()
    inbox.push(Buffer.alloc(65_535))
    expect(inbox.isFull).toBe(false)
    inbox.push(Buffer.alloc(1))
    expect(inbox.isFull).toBe(true)
    inbox.takeTo(1)
    expect(inbox.isFull).toBe(false)
    const drips = new ReceiveBuffer()
    for (let drip = 0; drip < 33; drip++) drips.push(Buffer.alloc(1))
    expect(drips.isFull).toBe(true)
    drips.clear()
    expect([drips.isFull, drips.isEmpty]).toEqual([false, true])
  })
})
