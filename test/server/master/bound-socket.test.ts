/** How each Node binds for its workers, and what other runtimes say. */
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bindSocket, type NetModule } from '../../../packages/server/src/master/bound-socket.ts'

describe('a bound socket', () => {
  it('has a descriptor that can be listened on, and its port cannot be stolen', async () => {
    const bound = bindSocket({ host: '127.0.0.1', port: 0 })
    const server = net.createServer().listen({ fd: bound.fd() })
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as net.AddressInfo
    expect(() => bindSocket({ host: '127.0.0.1', port })).toThrow('EADDRINUSE')
    expect(() => new net.BoundSocket({ host: '127.0.0.1', port, reusePort: true })).toThrow('EADDRINUSE')
    server.close()
  })

  it('is refused in one line where the runtime has none, with what works there', () => {
    expect(() => bindSocket({ host: '127.0.0.1', port: 0 }, {})).toThrow(
      /^tsgi serve shares sockets among its workers, which Node \S+ cannot; there, a program of your own serves: import/,
    )
    const on = (runtime: object) => () => bindSocket({ path: 'a' }, net, { ...process.versions, ...runtime })
    expect(on({ bun: '1.4.5' })).toThrow(/which Bun 1\.4\.5 cannot; there, a program of your own serves/)
    expect(on({ deno: '2.9.6' })).toThrow(/which Deno 2\.9\.6 cannot/)
  })
})

describe('a Node without net.BoundSocket, or without paths for it', () => {
  class PortsOnly extends net.BoundSocket {}
  Object.setPrototypeOf(PortsOnly.prototype, null)
  const createServerHandle: unknown = Reflect.get(net, '_createServerHandle')
  const old: NetModule = { BoundSocket: PortsOnly, ...Object({ _createServerHandle: createServerHandle }) }
  const oldest: NetModule = { ...Object({ _createServerHandle: createServerHandle }) }

  it('binds a port all the same, and says at once when it is taken', async () => {
    const bound = bindSocket({ host: '127.0.0.1', port: 0 }, oldest)
    const server = net.createServer().listen({ fd: bound.fd() })
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    for (const module of [oldest, net])
      expect(() => bindSocket({ host: '127.0.0.1', port }, module)).toThrow(
        expect.objectContaining({ code: 'EADDRINUSE' }),
      )
    expect(() => bindSocket({ host: '192.0.2.1', port: 0 }, oldest)).toThrow(
      expect.objectContaining({ code: 'EADDRNOTAVAIL' }),
    )
    server.close()
  })

  it('binds [::] beside 0.0.0.0 with one port', () => {
    const first = bindSocket({ host: '0.0.0.0', port: 0 }, oldest)
    const server = net.createServer().listen({ fd: first.fd() })
    const { port } = server.address() as net.AddressInfo
    bindSocket({ host: '::', port, ipv6Only: true }, oldest).close()
    server.close()
  })

  it('binds a path', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tsgi-bound-')), 'app.sock')
    const bound = bindSocket({ path }, old)
    const server = net.createServer((socket) => socket.end('hello')).listen({ fd: bound.fd() })
    await once(server, 'listening')
    const [text] = await once(net.connect(path), 'data')
    expect(String(text)).toBe('hello')
    expect(() => bindSocket({ path }, oldest)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
    server.close()
    bound.close()
  })
})
