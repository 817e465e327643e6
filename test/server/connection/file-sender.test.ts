import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application, FileBody } from '@tsgi/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BLOCK_BYTES, BufferPool } from '../../../packages/server/src/connection/buffer-pool.ts'
import { FileSender } from '../../../packages/server/src/connection/file-sender.ts'
import { eventually, get, Harness } from '../../support/harness.ts'

const SIZE = 8 * 1024 * 1024 + 12_345
const octets = Buffer.from(Uint8Array.from({ length: SIZE }, (_, i) => (i * 31 + (i >> 8)) & 255))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-sender-'))
  writeFileSync(big(), octets)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const big = () => join(folder, 'big')

/** A pool that counts, and an outlet on which a block leaves when the test says so. */
class Outlet {
  readonly pool = new BufferPool()
  readonly #take = this.pool.take.bind(this.pool)
  inUse = 0
  mostInUse = 0
  readonly waiting: { readonly octets: Uint8Array; readonly sent: (error?: Error | null) => void }[] = []
  readonly ends: (Error | undefined)[] = []
  onEnd: () => void = () => undefined

  constructor() {
    const give = this.pool.give.bind(this.pool)
    this.pool.take = () => {
      this.mostInUse = Math.max(this.mostInUse, ++this.inUse)
      return this.#take()
    }
    this.pool.give = (block) => {
      this.inUse--
      // Whoever still had it would send this.
      give(block.fill(0xee))
    }
  }

  writeBlock(octets: Uint8Array, sent: (error?: Error | null) => void): void {
    this.waiting.push({ octets, sent })
  }

  fileEnded(error?: Error): void {
    this.ends.push(error)
    this.onEnd()
  }

  /** Lets every block leave, late, and gives what has left. */
  async drain(): Promise<Buffer> {
    const left: Buffer[] = []
    while (this.ends.length === 0 || this.waiting.length > 0) {
      for (const { octets, sent } of this.waiting.splice(0)) {
        await new Promise((turn) => setImmediate(turn))
        left.push(Buffer.from(octets))
        sent()
      }
      await new Promise((turn) => setImmediate(turn))
    }
    return Buffer.concat(left)
  }
}

async function withFile(use: (fd: number) => Promise<void>): Promise<void> {
  const fd = openSync(big(), 'r')
  try {
    await use(fd)
  } finally {
    closeSync(fd)
  }
}

describe('a file on its way to a socket', () => {
  it('leaves as it is, whatever the span, by two blocks that are never changed before they have left', () =>
    withFile(async (fd) => {
      const edge = fc.constantFrom(0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES)
      const span = fc
        .oneof(fc.nat(SIZE), edge)
        .chain((start) => fc.tuple(fc.constant(start), fc.oneof(fc.nat(500_000), edge)))
      await fc.assert(
        fc.asyncProperty(span, async ([start, most]) => {
          const length = Math.min(most, SIZE - start)
          const outlet = new Outlet()
          new FileSender({ fd, start, length }, outlet.pool, outlet).start()
          const left = await outlet.drain()
          expect(left.equals(octets.subarray(start, start + length))).toBe(true)
          expect(outlet.ends).toEqual([undefined])
          expect(outlet.mostInUse).toBeLessThanOrEqual(2)
          expect(outlet.inUse).toBe(0)
        }),
        { numRuns: 30 },
      )
    }))

  it('is read one block ahead, and no further, while nothing leaves', () =>
    withFile(async (fd) => {
      const outlet = new Outlet()
      const sender = new FileSender({ fd, start: 0, length: SIZE }, outlet.pool, outlet)
      sender.start()
      await eventually(() => outlet.waiting.length === 1 && outlet.inUse === 2)
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(outlet.waiting.length).toBe(1)
      expect(outlet.mostInUse).toBe(2)
      sender.stop()
      await eventually(() => outlet.ends.length === 1)
    }))

  it('is not left to be closed before a read that is under way has ended', () =>
    withFile(async (fd) => {
      const outlet = new Outlet()
      const sender = new FileSender({ fd, start: 0, length: SIZE }, outlet.pool, outlet)
      sender.start()
      sender.stop()
      sender.stop()
      expect(outlet.ends).toEqual([])
      await eventually(() => outlet.ends.length > 0)
      await new Promise((resolve) => setImmediate(resolve))
      expect(outlet.ends).toEqual([undefined])
      expect(outlet.waiting).toEqual([])
    }))

  it('says what it failed with: a descriptor that cannot be read', async () => {
    const fd = openSync(join(folder, 'write-only'), 'w')
    const outlet = new Outlet()
    new FileSender({ fd, start: 0, length: 10 }, outlet.pool, outlet).start()
    await eventually(() => outlet.ends.length === 1)
    closeSync(fd)
    expect(String(outlet.ends[0])).toContain('EBADF')
  })

  it('does not use a block again that could not leave', () =>
    withFile(async (fd) => {
      const outlet = new Outlet()
      new FileSender({ fd, start: 0, length: 10 }, outlet.pool, outlet).start()
      await eventually(() => outlet.waiting.length === 1)
      outlet.waiting[0]?.sent(new Error('EPIPE'))
      expect(outlet.inUse).toBe(1)
    }))
})

/** A body that a server must send from its descriptor: nothing comes of it otherwise. */
function fileBody(path: string, start: number, length: number, onClose: (fd: number) => void): FileBody {
  const fd = openSync(path, 'r')
  return {
    fd,
    start,
    length,
    close() {
      onClose(fd)
      closeSync(fd)
    },
    [Symbol.asyncIterator]() {
      throw new Error('the server iterated a file it could have read')
    },
  }
}

function serving(path: string, start: number, length: number, closed: number[]): Application {
  return (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
    return fileBody(path, start, length, (fd) => closed.push(fd))
  }
}

describe('a FileBody on a connection (SPEC C69)', () => {
  it('is sent with its length, and the connection goes on', async () => {
    const closed: number[] = []
    await using harness = await Harness.start(serving(big(), 7, 1_000_000, closed))
    const client = await harness.client()
    client.send(get('/') + get('/') + get('/', 'Connection: close\r\n'))
    const answers = (await client.rest()).split('HTTP/1.1 200 OK\r\n').slice(1)
    expect(answers.length).toBe(3)
    const expected = octets.subarray(7, 1_000_007).toString('latin1')
    for (const answer of answers) {
      expect(answer).toContain('Content-Length: 1000000\r\n')
      expect(answer.slice(answer.indexOf('\r\n\r\n') + 4) === expected).toBe(true)
    }
    expect(closed.length).toBe(3)
  })

  it('of no octets is an empty body', async () => {
    const closed: number[] = []
    await using harness = await Harness.start(serving(big(), SIZE, 0, closed))
    const client = await harness.client()
    client.send(get('/', 'Connection: close\r\n'))
    expect(await client.rest()).toMatch(/Content-Length: 0\r\n[\s\S]*\r\n\r\n$/)
    expect(closed.length).toBe(1)
  })

  it('is not read for HEAD, and closed', async () => {
    const closed: number[] = []
    const path = join(folder, 'gone')
    writeFileSync(path, 'abc')
    await using harness = await Harness.start(serving(path, 0, 3_000_000, closed))
    const client = await harness.client()
    client.send('HEAD / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    // Had it been read, it would have been found shorter than it says.
    expect(await client.rest()).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Content-Length: 3000000\r\n[\s\S]*\r\n\r\n$/)
    expect(closed.length).toBe(1)
  })

  it('that shrinks while it is sent is cut short, never padded (S-17)', async () => {
    const closed: number[] = []
    const errors: string[] = []
    const path = join(folder, 'shrinking')
    writeFileSync(path, octets)
    const log = {
      write: (text: string) => void errors.push(text),
      writelines: () => undefined,
      flush: () => undefined,
    }
    await using harness = await Harness.start(serving(path, 0, SIZE, closed), { errors: log })
    const client = await harness.client()
    client.send(get('/'))
    await client.until('\r\n\r\n')
    client.socket.pause()
    truncateSync(path, 100_000)
    client.socket.resume()
    await client.ended
    await eventually(() => closed.length === 1)
    const body = client.received.slice(client.received.indexOf('\r\n\r\n') + 4)
    expect(body.length).toBeLessThan(SIZE)
    expect(octets.toString('latin1').startsWith(body)).toBe(true)
    expect(errors.join('')).toContain('the file shrank while it was sent')
  })

  it('that grows while it is sent stops at the announced length (S-17)', async () => {
    const closed: number[] = []
    await using harness = await Harness.start(serving(big(), 0, 200_000, closed))
    const client = await harness.client()
    client.send(get('/', 'Connection: close\r\n'))
    const answer = await client.rest()
    expect(answer.length - answer.indexOf('\r\n\r\n') - 4).toBe(200_000)
  })

  it('is closed once when its client goes away, and nothing is read after that (S-18)', async () => {
    const closed: number[] = []
    const open = new Set<number>()
    await using harness = await Harness.start((environ, startResponse) => {
      void environ['tsgi.signal']
      startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
      const body = fileBody(big(), 0, SIZE, (fd) => {
        open.delete(fd)
        closed.push(fd)
      })
      open.add(body.fd)
      return body
    })
    for (let round = 0; round < 20; round++) {
      const client = await harness.client()
      client.send(get('/'))
      if (round % 2 === 0) await client.until('\r\n\r\n')
      else await eventually(() => open.size === 1)
      client.socket.resetAndDestroy()
      await eventually(() => closed.length === round + 1)
    }
    expect(open.size).toBe(0)
    await eventually(() => harness.connections.size === 0)
    for (const fd of new Set(closed)) expect(() => fstatSync(fd)).toThrow('EBADF')
  })
})
