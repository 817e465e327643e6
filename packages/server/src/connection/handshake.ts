/**
 * What a socket goes through before its protocol: the PROXY header of a trusted proxy, then TLS, then the choice of the
 * protocol. Knows sockets; knows no HTTP.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
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
  /** Serves HTTP/2 where a client wants it: by ALPN, or by its preface where there is no TLS. Loaded for the first one. */
  readonly http2?: (() => Promise<Protocol>) | undefined
  /** How long what is read or negotiated before the protocol may take, in milliseconds. */
  readonly headerTime: number
  /** Called with one line for each rejected socket. */
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
    if (tls === undefined) this.#enterPlain(socket, peer, entrance)
    else if (plain === undefined) this.#enterTls(tls, socket, peer, entrance)
    else {
      new Opening(socket, this.#options, firstByte, (byte) => {
        if (byte === TLS_HANDSHAKE_BYTE) this.#enterTls(tls, socket, peer, entrance)
        else entrance(socket, peer, plain)
      }).begin()
    }
  }

  #enterPlain(socket: Socket, peer: ProxiedPeer | undefined, entrance: OnSecured): void {
    const { http2 } = this.#options
    if (http2 === undefined) entrance(socket, peer)
    else {
      new Opening(socket, this.#options, preface, (isHttp2) => {
        if (isHttp2) void enterHttp2(http2, socket, peer, entrance)
        else entrance(socket, peer)
      }).begin()
    }
  }

  #enterTls(tls: Tls, socket: Socket, peer: ProxiedPeer | undefined, entrance: OnSecured): void {
    const { http2, headerTime } = this.#options
    const stream = this.#secured(tls, socket)
    if (http2 === undefined) {
      entrance(stream, peer)
      return
    }
    const deadline = headerTime > 0 ? setTimeout(() => stream.destroy(), headerTime) : undefined
    stream.once('close', () => clearTimeout(deadline))
    stream.once('secure', () => {
      clearTimeout(deadline)
      if (stream.destroyed) return
      if (stream.alpnProtocol === 'h2') void enterHttp2(http2, stream, peer, entrance)
      else entrance(stream, peer)
    })
  }

  #secured(tls: Tls, socket: Socket): TLSSocket {
    const { refused, http2 } = this.#options
    const protocols = http2 === undefined ? ['http/1.1'] : ['h2', 'http/1.1']
    const stream = tls.secure(socket, protocols, (reason) => refused(refusal(socket, reason)))
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_SSL_HTTP_REQUEST') refused(refusal(socket, 'it speaks plain HTTP to TLS'))
    })
    return stream
  }
}

async function enterHttp2(
  load: () => Promise<Protocol>,
  socket: Socket,
  peer: ProxiedPeer | undefined,
  entrance: OnSecured,
): Promise<void> {
  const protocol = await load()
  if (!socket.destroyed) entrance(socket, peer, protocol)
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

/** RFC 9113 §3.4: what a client that knows beforehand that we speak HTTP/2 begins with. No request of HTTP/1.1 does. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** Whether it is the preface of HTTP/2. */
const preface: ReadOpening<boolean> = (bytes) => {
  const seen = bytes.subarray(0, PREFACE.length)
  if (seen.equals(PREFACE)) return { length: 0, found: true }
  return PREFACE.subarray(0, seen.length).equals(seen) ? undefined : { length: 0, found: false }
}

/** One socket whose first bytes are being waited for. */
class Opening<Found> {
  readonly #socket: Socket
  readonly #options: HandshakeOptions
  readonly #read: ReadOpening<Found>
  readonly #done: (found: Found) => void
  #bytes: Buffer = Buffer.alloc(0)
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

  readonly #receive = (bytes: Buffer): void => {
    // Bounded: a header is refused long before it is large, and a PROXY header fits in one segment.
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    try {
      const opening = this.#read(this.#bytes)
      if (opening === undefined) return
      this.#stop()
      const rest = this.#bytes.subarray(opening.length)
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
