import { describe, expect, it } from 'vitest'
import { Timeouts } from '../../../packages/server/src/connection/timeouts.ts'
import { FlushScheduler, WriteBuffer } from '../../../packages/server/src/connection/write-buffer.ts'
import { FakeSocket } from '../../support/fake-socket.ts'
import { NO_CLOCKS } from '../../wire/replay.ts'

/** A socket that takes the next write only when told to. */
class SlowSocket extends FakeSocket {
  readonly writes: string[] = []
  readonly #waiting: (() => void)[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk.toString('latin1'))
    this.#waiting.push(done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString('latin1')).join(''))
    this.#waiting.push(done)
  }

  takeOne(): void {
    this.#waiting.shift()?.()
  }
}

function boxed(spoiled = () => {}): { outbox: WriteBuffer; socket: SlowSocket; turn: FlushScheduler } {
  const socket = new SlowSocket()
  const turn = new FlushScheduler()
  const outbox = new WriteBuffer(socket, new Timeouts(NO_CLOCKS), turn, spoiled)
  socket.on('drain', () => outbox.drain())
  return { outbox, socket, turn }
}

describe('what is to leave', () => {
  it('is gathered while held, and leaves in one write at the end of the turn', () => {
    const { outbox, socket, turn } = boxed()
    outbox.hold()
    outbox.addText('a')
    outbox.addUtf8('b', 1)
    outbox.addUtf8('\u20ac', 3)
    outbox.addBytes(Uint8Array.of(0xff))
    outbox.offer()
    expect(socket.writes).toEqual([])
    outbox.release()
    expect(socket.writes).toEqual([])
    turn.end()
    expect(socket.writes).toEqual(['ab\xe2\x82\xac\xff'])
  })

  it('leaves at the end of the turn when it is offered, together', async () => {
    const { outbox, socket } = boxed()
    for (const text of ['a', 'b', 'c']) {
      outbox.addText(text)
      outbox.offer()
    }
    expect(socket.writes).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(socket.writes).toEqual(['abc'])
  })

  it('leaves at once when it is much, and the text around octets goes with them', () => {
    const { outbox, socket } = boxed()
    outbox.addText('<')
    outbox.addBytes(Buffer.alloc(70_000, 'a'))
    outbox.addText('>')
    outbox.offer()
    // In one system call, also what comes behind a chunk that fills the socket.
    expect(socket.writes).toEqual([`<${'a'.repeat(70_000)}>`])
    expect(outbox.congested).toBe(true)
  })

  it('waits while the socket is behind, and keeps its order', async () => {
    const { outbox, socket } = boxed()
    outbox.addBytes(Buffer.alloc(300_000, 'a'))
    outbox.addText('b')
    outbox.addBytes(Buffer.alloc(5000, 'c'))
    outbox.offer()
    let drained = false
    void outbox.drained().then(() => {
      drained = true
    })
    while (!drained) {
      // Never more than a slice is handed over before the one before it has gone.
      expect(Math.max(...socket.writes.map(({ length }) => length))).toBeLessThanOrEqual(140_000)
      socket.takeOne()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(socket.writes.join('') === `${'a'.repeat(300_000)}b${'c'.repeat(5000)}`).toBe(true)
  })

  it('is followed by FIN, however long it takes to leave', async () => {
    const { outbox, socket } = boxed()
    outbox.addBytes(Buffer.alloc(300_000))
    outbox.finish()
    expect(socket.writableEnded).toBe(false)
    while (!socket.ended) {
      socket.takeOne()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(socket.writes.join('')).toHaveLength(300_000)
  })

  it('has five seconds, with its FIN, where the client is probably gone, and else the time of the write clock (L-08, L-12)', () => {
    class StuckSocket extends SlowSocket {
      override _final(): void {}
    }
    for (const stuck of [
      (outbox: WriteBuffer) => outbox.finish(),
      (outbox: WriteBuffer) => {
        outbox.addBytes(Buffer.alloc(300_000))
        outbox.flush()
      },
    ]) {
      const timeouts = new Timeouts({ ...NO_CLOCKS, write: 60_000 })
      const [patient, hurried] = [0, 1].map(
        () => new WriteBuffer(new StuckSocket(), timeouts, new FlushScheduler(), () => {}),
      )
      for (const outbox of [patient, hurried]) if (outbox !== undefined) stuck(outbox)
      timeouts.now = 4_000
      hurried?.hurry()
      const stalled = () => [patient?.isStalled, hurried?.isStalled]
      timeouts.now = 9_000
      expect(stalled()).toEqual([false, false])
      timeouts.now = 9_001
      expect(stalled()).toEqual([false, true])
      timeouts.now = 60_001
      expect(stalled()).toEqual([true, true])
    }
  })

  it('is forgotten when the socket is gone, and nobody waits for it', async () => {
    const { outbox } = boxed()
    outbox.addBytes(Buffer.alloc(300_000))
    outbox.flush()
    const drained = outbox.drained()
    outbox.discard()
    await drained
  })

  it('is as long as it was when it was added, however its buffer grows', () => {
    const { outbox, socket } = boxed()
    const buffer = new ArrayBuffer(5000, { maxByteLength: 9000 })
    outbox.addBytes(new Uint8Array(buffer))
    buffer.resize(9000)
    outbox.flush()
    expect(socket.writes.join('')).toHaveLength(5000)
  })

  it('is told to be spoiled, and nothing behind it leaves, when its octets were transferred or became fewer', () => {
    for (const spoil of [
      (buffer: ArrayBuffer) => buffer.transfer(),
      (buffer: ArrayBuffer) => buffer.resize(4999),
      (buffer: ArrayBuffer) => buffer.resize(0),
    ]) {
      for (const length of [5000, 300_000]) {
        let told = 0
        const { outbox, socket } = boxed(() => {
          told++
          outbox.discard()
        })
        const buffer = new ArrayBuffer(length, { maxByteLength: length })
        outbox.addBytes(new Uint8Array(buffer))
        outbox.addText('behind')
        spoil(buffer)
        outbox.flush()
        outbox.flush()
        expect([told, socket.writes]).toEqual([1, []])
      }
    }
  })

  it('keeps nobody waiting who is not behind', async () => {
    const { outbox } = boxed()
    await outbox.drained()
    expect(outbox.congested).toBe(false)
  })
})
