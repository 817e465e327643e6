/** Frames, however they arrive. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, type FrameReceiver, frameHead } from '../../../../packages/server/src/guests/python/frames.ts'

/** Writes down what it is told; pieces of a body are joined. */
class Recorder implements FrameReceiver {
  readonly said: string[] = []
  #body = ''

  whole(head: string, body: Uint8Array): void {
    // An answer in one frame is the same as one in pieces.
    this.begun(head, false)
    this.bytes(body)
    this.ended()
  }

  begun(head: string, _isAlone: boolean): void {
    this.said.push(`head ${head}`)
    this.#body = ''
  }

  bytes(piece: Uint8Array): void {
    this.#body += Buffer.from(piece).toString('latin1')
  }

  ended(): void {
    this.said.push(`body ${this.#body}`)
    this.#body = ''
  }

  failed(traceback: string): void {
    this.said.push(`failed ${traceback}`)
  }

  room(bytes: number): void {
    this.said.push(`room ${bytes}`)
  }

  givenBack(): void {
    this.said.push('given back')
  }
}

const frame = (kind: number, flags: number, auxiliary: number, payload: Buffer) =>
  Buffer.concat([Buffer.from(frameHead(payload.length, kind, flags, auxiliary), 'latin1'), payload])
const answer = (head: string, body: string, final: boolean) =>
  frame(5, (final ? 1 : 0) | ((head.length >> 16) << 2), head.length & 0xffff, Buffer.from(head + body, 'latin1'))
const block = (body: string, final: boolean) => frame(6, final ? 1 : 0, 9, Buffer.from(body, 'latin1'))

describe('frameHead', () => {
  it.each([
    [0, 1, 0, 0, [0, 0, 0, 0, 1, 0, 0, 0]],
    [258, 2, 3, 0xfffe, [2, 1, 0, 0, 2, 3, 0xfe, 0xff]],
    [0xff000001, 4, 255, 1, [1, 0, 0, 255, 4, 255, 1, 0]],
  ])('writes a length of %d little endian', (length, kind, flags, auxiliary, bytes) => {
    expect([...Buffer.from(frameHead(length, kind, flags, auxiliary), 'latin1')]).toEqual(bytes)
  })
})

describe('FrameReader', () => {
  const stream = Buffer.concat([
    answer('200 OK\0A\0b', 'whole', true),
    answer('204 ', '', true),
    frame(7, 0, 1, Buffer.from([1, 2, 3, 0])),
    answer('200 OK', 'first ', false),
    block('second ', false),
    block('', false),
    frame(7, 0, 1, Buffer.from([0, 0, 0, 1])),
    block('third', true),
    answer('200 OK', '', false),
    block('', true),
    frame(8, 1, 3, Buffer.from('Traceback: é')),
    frame(9, 0, 0, Buffer.alloc(0)),
  ])
  const said = [
    'head 200 OK\0A\0b',
    'body whole',
    'head 204 ',
    'body ',
    'room 197121',
    'head 200 OK',
    'room 16777216',
    'body first second third',
    'head 200 OK',
    'body ',
    'failed Traceback: é',
    'given back',
  ]

  it('reads the same however the bytes are cut, from a buffer that is used again', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 30 })
    fc.assert(
      fc.property(cuts, (at) => {
        const recorder = new Recorder()
        const reader = new FrameReader(recorder)
        const buffer = Buffer.alloc(stream.length)
        const ends = [...at.sort((a, b) => a - b), stream.length]
        let start = 0
        for (const end of ends) {
          stream.copy(buffer, 0, start, end)
          reader.push(buffer.subarray(0, end - start))
          buffer.fill(0xee)
          start = end
        }
        expect(recorder.said).toEqual(said)
      }),
    )
  })

  it('reads byte by byte', () => {
    const recorder = new Recorder()
    const reader = new FrameReader(recorder)
    for (let i = 0; i < stream.length; i++) reader.push(stream.subarray(i, i + 1))
    expect(recorder.said).toEqual(said)
  })

  it('gives an answer that is there at once in one piece', () => {
    const pieces: string[] = []
    const recorder = new Recorder()
    const reader = new FrameReader(
      Object.assign(recorder, {
        whole: (head: string, body: Uint8Array) => pieces.push(head, String(Buffer.from(body))),
      }),
    )
    reader.push(answer('200 OK', 'body', true))
    expect(pieces).toEqual(['200 OK', 'body'])
  })

  it.each([0xffff, 0x10000, 0x20001, 0x3fffff])('reads a head of %d bytes, in reads of 64 KiB', (length) => {
    const recorder = new Recorder()
    const reader = new FrameReader(recorder)
    const bytes = answer('h'.repeat(length), 'body', true)
    for (let at = 0; at < bytes.length; at += 65_536) reader.push(bytes.subarray(at, at + 65_536))
    expect(recorder.said).toEqual([`head ${'h'.repeat(length)}`, 'body body'])
  })

  it('refuses a kind of frame that there is not', () => {
    expect(() => new FrameReader(new Recorder()).push(frame(77, 0, 0, Buffer.alloc(0)))).toThrow('a frame of kind 77')
  })
})
