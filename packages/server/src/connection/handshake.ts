/**
 * What a socket goes through before its protocol: the PROXY header of a trusted proxy, then TLS. Knows sockets; knows no
 * HTTP.
 */
import type { Socket } from 'node:net'
import { plainAddress } from '@tsgi/gateways/exchange'
import type { TlsFiles } from '../config/tls-files.ts'
import { type ProxiedPeer, readProxyHeader } from '../proxy/proxy-protocol.ts'
import type { TrustedPeers } from '../proxy/trusted-peers.ts'
import { TLS_HANDSHAKE_BYTE } from './https-redirect.ts'
import type { Protocol } from './protocol.ts'
import type { Tls } from './tls.ts'

export interface HandshakeOptions {
  /** Peers whose connections begin with a PROXY header; all others must not send one. */
  readonly proxies?: TrustedPeers | undefined
  /** Without it: no TLS. */
  readonly tls?: Tls | undefined
  /** Serves plain HTTP on a socket of HTTPS. Without it the handshake fails. */
  readonly plain?: Protocol | undefined
  /** How long a PROXY header may take, in milliseconds. */
  readonly headerTime: number
  /** Told, in one line, of sockets that were turned away. */
  readonly refused: (reason: string) => void
}

/** Takes the stream that HTTP is spoken on, for whom a proxy speaks, and the protocol: HTTP/1.1 without it. */
export type OnSecured = (stream: Socket, peer: ProxiedPeer | undefined, protocol?: Protocol) => void

export class Handshake {
  readonly #options: HandshakeOptions

  constructor(options: HandshakeOptions) {
    this.#options = options
  }

  get scheme(): 'http' | 'https' {
    return this.#options.tls === undefined ? 'http' : 'https'
  }

  /** Certificates that were renewed, for handshakes from now on. @throws Error, and changes nothing. */
  renew(files: TlsFiles): void {
    this.#options.tls?.renew(files)
  }

  /** Calls `entrance` at once where nothing has to be read before. A socket that is turned away is destroyed. */
  enter(socket: Socket, entrance: OnSecured): void {
    if (this.#options.proxies?.has(plainAddress(socket.remoteAddress)) !== true)
      this.#choose(socket, undefined, entrance)
    else new Opening(socket, this.#options, proxyHeader, (peer) => this.#choose(socket, peer, entrance)).begin()
  }

  #choose(socket: Socket, peer: ProxiedPeer | undefined, entrance: OnSecured): void {
    const { tls, plain } = this.#options
    if (tls === undefined) entrance(socket, peer)
    else if (plain === undefined) entrance(this.#secured(tls, socket), peer)
    else {
      new Opening(socket, this.#options, firstByte, (byte) => {
        if (byte === TLS_HANDSHAKE_BYTE) entrance(this.#secured(tls, socket), peer)
        else entrance(socket, peer, plain)
      }).begin()
    }
  }

  #secured(tls: Tls, socket: Socket): Socket {
    const { refused } = this.#options
    const stream = tls.secure(socket, (reason) => refused(refusal(socket, reason)))
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_SSL_HTTP_REQUEST') refused(refusal(socket, 'it speaks plain HTTP to TLS'))
    })
    return stream
  }
}

function refusal(socket: Socket, reason: string): string {
  return `turned a connection of ${plainAddress(socket.remoteAddress) || 'a unix socket'} away: ${reason}`
}

/** What a connection begins with: how many bytes it takes away, and what they say; `undefined` while bytes are missing. */
type ReadOpening<Found> = (bytes: Buffer) => { readonly length: number; readonly found: Found } | undefined

const proxyHeader: ReadOpening<ProxiedPeer | undefined> = (bytes) => {
  const header = readProxyHeader(bytes)
  return header && { length: header.length, found: header.peer }
}

const firstByte: ReadOpening<number> = (bytes) => ({ length: 0, found: bytes[0] ?? 0 })

/** One socket whose first bytes are being waited for. */
class Opening<Found> {
  readonly #socket: Socket
  readonly #options: HandshakeOptions
  readonly #read: ReadOpening<Found>
  readonly #done: (found: Found) => void
  #octets: Buffer = Buffer.alloc(0)
  #deadline: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: HandshakeOptions, read: ReadOpening<Found>, done: (found: Found) => void) {
    this.#socket = socket
    this.#options = options
    this.#read = read
    this.#done = done
  }

  begin(): void {
    this.#deadline = setTimeout(
      () =>
        this.#refuse(
          this.#options.proxies === undefined ? 'no byte came in time' : 'a PROXY header did not come in time',
        ),
      this.#options.headerTime,
    )
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
      const opening = this.#read(this.#octets)
      if (opening === undefined) return
      this.#stop()
      const rest = this.#octets.subarray(opening.length)
      if (rest.length > 0) this.#socket.unshift(rest)
      this.#done(opening.found)
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
