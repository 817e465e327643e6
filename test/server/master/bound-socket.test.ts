/** Which Node can bind for its workers, and what the others say. */
import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { bindSocket } from '../../../packages/server/src/master/bound-socket.ts'

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

  it('is refused in one line where Node has none', () => {
    expect(() => bindSocket({ host: '127.0.0.1', port: 0 }, {})).toThrow(
      /^tsgi serve shares sockets among its workers, which Node v\S+ cannot; take the newest Node 24 or 26, or serve\(\) in a program of your own$/,
    )
  })

  it('is refused for a path where Node would take any port for it', () => {
    class PortsOnly extends net.BoundSocket {}
    Object.setPrototypeOf(PortsOnly.prototype, null)
    expect(() => bindSocket({ path: 'app.sock' }, { BoundSocket: PortsOnly })).toThrow(
      /^tsgi serve shares unix sockets/,
    )
  })
})
