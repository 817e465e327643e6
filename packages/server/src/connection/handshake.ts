/**
 * What a socket goes through before HTTP: the PROXY header of a trusted proxy, then TLS. Knows sockets; knows no HTTP.
 * Used by the connections of a process for each socket they take.
 */
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { plainAddress } from '@tsgi/gateways/exchange'
import { type ProxiedPeer, readProxyHeader } from '../proxy/proxy-protocol.ts'
import type { TrustedPeers } from '../proxy/trusted-peers.ts'
import type { Protocol } from './protocol.ts'

export interface HandshakeOptions {
  /** Peers whose connections begin with a PROXY header; all others must not send one. */
  readonly proxies?: TrustedPeers | undefined
  /** Certificate chain and private key, in PEM. Without them: no TLS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
  /** How long a PROXY header may take, in milliseconds. */
  readonly headerTime: number
  /** Told, in one line, of sockets that were turned away. */
  readonly refused: (reason: string) => void
}

/** Takes the stream that HTTP is spoken on, for whom a proxy speaks, and the protocol: HTTP/1.1 without it. */
export type OnSecured = (stream: Socket, peer: ProxiedPeer | undefined, protocol?: Protocol) => void

export class Handshake {
  readonly #options: HandshakeOptions
  readonly #secure: SecureContext | undefined

  /** @throws Error when certificate and key will not do. */
  constructor(options: HandshakeOptions) {
    this.#options = options
    this.#secure = options.tls === undefined ? undefined : createSecureContext(options.tls)
  }

  get scheme(): 'http' | 'https' {
    return this.#secure === undefined ? 'http' : 'https'
  }

  /** Calls `entrance` at once where no PROXY header is to come. A socket that is turned away is destroyed. */
  enter(socket: Socket, entrance: OnSecured): void {
    if (this.#options.proxies?.has(plainAddress(socket.remoteAddress)) !== true) {
      entrance(this.#secured(socket), undefined)
      return
    }
    new ProxyHeaderWait(socket, this.#options, (peer) => entrance(this.#secured(socket), peer)).begin()
  }

  #secured(socket: Socket): Socket {
    if (this.#secure === undefined) return socket
    const stream = new TLSSocket(socket, { isServer: true, secureContext: this.#secure, ALPNProtocols: ['http/1.1'] })
    // RFC 9113 §9.2.1 calls it a risk, TLS 1.3 has none: a client cannot make us work for nothing.
    stream.disableRenegotiation()
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_SSL_HTTP_REQUEST') this.#options.refused(refusal(socket, 'it speaks plain HTTP to TLS'))
    })
    return stream
  }
}

function refusal(socket: Socket, reason: string): string {
  return `turned a connection of ${plainAddress(socket.remoteAddress) || 'a unix socket'} away: ${reason}`
}

/** One socket whose PROXY header is being waited for. */
class ProxyHeaderWait {
  readonly #socket: Socket
  readonly #options: HandshakeOptions
  readonly #done: (peer: ProxiedPeer | undefined) => void
  #octets: Buffer = Buffer.alloc(0)
  #deadline: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: HandshakeOptions, done: (peer: ProxiedPeer | undefined) => void) {
    this.#socket = socket
    this.#options = options
    this.#done = done
  }

  begin(): void {
    this.#deadline = setTimeout(() => this.#refuse('a PROXY header did not come in time'), this.#options.headerTime)
    this.#socket.on('data', this.#receive)
    this.#socket.on('error', this.#ignore)
    this.#socket.on('end', this.#leave)
    this.#socket.on('close', this.#leave)
    this.#socket.resume()
  }

  readonly #ignore = (): void => undefined

  readonly #receive = (octets: Buffer): void => {
    // Bounded: a header is refused long before it is large, and a PROXY header fits in one segment.
    this.#octets = Buffer.concat([this.#octets, octets])
    try {
      const header = readProxyHeader(this.#octets)
      if (header === undefined) return
      this.#stop()
      const rest = this.#octets.subarray(header.length)
      if (rest.length > 0) this.#socket.unshift(rest)
      this.#done(header.peer)
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error))
    }
  }

  readonly #leave = (): void => {
    this.#stop()
    this.#socket.destroy()
  }

  #refuse(reason: string): void {
    this.#leave()
    this.#options.refused(refusal(this.#socket, reason))
  }

  #stop(): void {
    clearTimeout(this.#deadline)
    this.#socket.pause()
    this.#socket.off('data', this.#receive)
    this.#socket.off('error', this.#ignore)
    this.#socket.off('end', this.#leave)
    this.#socket.off('close', this.#leave)
  }
}
