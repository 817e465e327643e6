import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Application } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'
import { eventually, get, Harness } from '../../support/harness.ts'

const MIB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Memory in use outside of the pages the allocator keeps: what buffers and objects hold. */
function held(): number {
  // Twice: buffers that the first finds dead are freed by another thread, which the second waits for.
  collect()
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + Math.max(external, arrayBuffers)
}

describe('back-pressure keeps a connection within 32 MiB', () => {
  it('when 128 MiB go to a client that reads slowly', async () => {
    const total = 128 * MIB
    let made = 0
    await using harness = await Harness.start((_environ, startResponse) => {
      startResponse('200 OK', [
        ['Content-Type', 'application/octet-stream'],
        ['Content-Length', String(total)],
      ])
      return {
        *[Symbol.iterator]() {
          for (; made < total; made += 65_536) yield Buffer.alloc(65_536, 1)
        },
      }
    })
    const client = await harness.client()
    let [received, most] = [0, 0]
    const idle = held()
    client.socket.removeAllListeners('data')
    client.send(get('/'))
    client.socket.on('data', (octets) => {
      received += octets.length
      if (received < 16 * MIB) {
        client.socket.pause()
        setTimeout(() => client.socket.resume(), 1)
        if (received % 16 === 0) most = Math.max(most, held() - idle)
      }
    })
    // Nobody makes what nobody reads.
    await eventually(() => received > MIB)
    expect(made - received).toBeLessThan(32 * MIB)
    most = Math.max(most, held() - idle)
    await eventually(() => received > total)
    expect(Math.max(most, held() - idle)).toBeLessThan(32 * MIB)
  })

  it('when 128 MiB come to an application that reads slowly', async () => {
    const total = 128 * MIB
    let read = 0
    let most = 0
    await using harness = await Harness.start(
      async (environ, startResponse) => {
        const idle = held()
        for await (const chunk of environ['wsgi.input']) {
          read += chunk.byteLength
          if (read < 8 * MIB) {
            await sleep(1)
            most = Math.max(most, held() - idle)
          }
        }
        most = Math.max(most, held() - idle)
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return String(read)
      },
      { limits: DEFAULT_LIMITS },
    )
    const client = await harness.client()
    client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${total}\r\n\r\n`)
    const piece = Buffer.alloc(MIB)
    for (let sent = 0; sent < total; sent += MIB) {
      if (!client.socket.write(piece)) await new Promise((resolve) => client.socket.once('drain', resolve))
    }
    await client.until(String(total))
    expect(read).toBe(total)
    expect(most).toBeLessThan(32 * MIB)
  })

  it('when a client sends requests without end while it is being answered (L-09)', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await using harness = await Harness.start(async (_environ, startResponse) => {
      await promise
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return 'hello'
    })
    const client = await harness.client()
    const flood = Buffer.from(get('/').repeat(2000))
    let sent = 0
    while (sent < 64 * MIB && client.socket.writableLength < 8 * MIB) {
      client.socket.write(flood)
      sent += flood.length
      await new Promise((turn) => setImmediate(turn))
    }
    await sleep(20)
    const taken = [...harness.sockets].map((socket) => socket.bytesRead)
    expect(Math.max(...taken)).toBeLessThan(8 * MIB)
    resolve()
  })
})

describe('10,000 requests that are aborted (L-12)', () => {
  const applications: Record<string, Application> = {
    'while the application waits': async (environ, startResponse) => {
      await new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', resolve))
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return ''
    },
    'while the body is read': async (environ, startResponse) => {
      await environ['wsgi.input'].read().catch(() => undefined)
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return ''
    },
    'while the response is sent': (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return {
        async *[Symbol.asyncIterator]() {
          for (;;) {
            yield 'x'.repeat(1000)
            await new Promise((resolve) => setImmediate(resolve))
          }
        },
      }
    },
  }

  it.each(Object.entries(applications))(
    '%s, leave no memory, listener, timer or descriptor behind',
    async (_name, application) => {
      const clocks = {
        headers: 60_000,
        body: 60_000,
        minimumRate: 100,
        keepAlive: 60_000,
        write: 60_000,
        request: 60_000,
      }
      await using harness = await Harness.start(application, { clocks })
      await abortMany(harness, 500)
      const before = {
        held: held(),
        descriptors: descriptors(),
        resources: resources(),
        listeners: process.listenerCount('uncaughtException'),
      }
      await abortMany(harness, 3000)
      await eventually(() => harness.connections.size === 0 && descriptors() <= before.descriptors)
      expect(resources()).toEqual(before.resources)
      expect(process.listenerCount('uncaughtException')).toBe(before.listeners)
      // 3,000 connections that left a hundred octets each would show.
      expect(held() - before.held).toBeLessThan(3 * MIB)
    },
  )
})

describe('a connection that has been idle for long', () => {
  it('keeps nothing of its last request, and answers the next', async () => {
    await using harness = await Harness.start((environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return `${environ.REQUEST_URI} ${environ.HTTP_COOKIE?.length}`
    })
    const clients = await Promise.all(Array.from({ length: 100 }, () => harness.client()))
    const ask = async (target: string) => {
      for (const client of clients) client.send(get(target, `Cookie: ${'c'.repeat(7000)}\r\n`))
      await Promise.all(clients.map((client) => client.until(`${target} 7000`)))
      await eventually(() => [...harness.connections].every(({ state }) => state === 'idle'))
    }
    // Twice the same: an environ that is copied is kept too.
    await ask('/a')
    await ask('/a')
    const before = held()
    harness.context.timeouts.now += 2_000
    for (const connection of harness.connections) connection.check(harness.context.timeouts.now)
    // Each kept the text of its head, which is its section and its environ.
    expect(before - held()).toBeGreaterThan(100 * 7_000)
    await ask('/b')
  })
})

/** Requests that are under way when their client goes, by FIN and by RST. */
async function abortMany(harness: Harness, count: number): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => harness.client()))
    for (const client of clients) client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc')
    await eventually(
      () => [...harness.connections].every(({ state }) => state === 'exchange') && harness.connections.size === 50,
    )
    for (const [index, { socket }] of clients.entries()) {
      if (index % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    }
    await eventually(() => harness.connections.size === 0)
    harness.forgetClients()
  }
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** What keeps the process alive, but for timers: the test runner has its own, and ours are shown by timeouts.test.ts. */
function resources(): string[] {
  const names = process.getActiveResourcesInfo()
  return names.filter((name) => name !== 'Immediate' && name !== 'Timeout').sort()
}
