/**
 * TLS on accepted sockets: several certificates by the name that a client asks for, certificates of clients, and tickets
 * that every worker can read. Knows node:tls; knows no HTTP.
 */
import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { TlsFiles } from '../config/tls-files.ts'

export interface TlsSettings {
  readonly files: TlsFiles
  /** @default 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  /** As OpenSSL writes a list of ciphers. @default Node's */
  readonly ciphers?: string | undefined
  /** Whether a client without a certificate is served. @default false */
  readonly isClientOptional?: boolean | undefined
  /** 48 bytes that all workers share, so that each resumes what another began. @default random ones of this process */
  readonly ticketKeys?: Buffer | undefined
}

interface Served {
  readonly certificate: X509Certificate
  readonly context: SecureContext
}

export class Tls {
  readonly #settings: TlsSettings
  #served: readonly [Served, ...Served[]]

  /** @throws Error for certificates, ciphers or authorities that OpenSSL does not take. */
  constructor(settings: TlsSettings) {
    this.#settings = settings
    this.#served = this.#serve(settings.files)
  }

  /** Handshakes from now on use these files; one that is under way is not touched. @throws Error, and changes nothing. */
  renew(files: TlsFiles): void {
    this.#served = this.#serve(files)
  }

  /** @param protocols for ALPN, the best one first. @param refused gets the reason when the client's certificate will not do. */
  secure(socket: Socket, protocols: string[], refused: (reason: string) => void): TLSSocket {
    const wantsClients = this.#settings.files.clientCa !== undefined
    const stream = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#served[0].context,
      SNICallback: (name, callback) => callback(null, this.#contextFor(name)),
      ALPNProtocols: protocols,
      requestCert: wantsClients,
      // OpenSSL itself ends a handshake without a certificate then.
      rejectUnauthorized: wantsClients && this.#settings.isClientOptional !== true,
    })
    // RFC 9113 §9.2.1 calls it a risk, TLS 1.3 has none: a client cannot make us work for nothing.
    stream.disableRenegotiation()
    if (wantsClients) stream.once('secure', () => this.#judgeClient(stream, refused))
    return stream
  }

  /** No byte of the client is read before this: a destroyed stream gives none. */
  #judgeClient(stream: TLSSocket, refused: (reason: string) => void): void {
    const problem = clientProblem(stream)
    if (problem === undefined) return
    refused(`its certificate will not do: ${problem}`)
    stream.destroy()
  }

  #contextFor(name: string): SecureContext {
    const found = this.#served.find(({ certificate }) => certificate.checkHost(name) !== undefined)
    return (found ?? this.#served[0]).context
  }

  #serve(files: TlsFiles): [Served, ...Served[]] {
    const { minVersion = 'TLSv1.2', ciphers, ticketKeys } = this.#settings
    const [first, ...others] = files.pairs.map(({ cert, key }) => ({
      certificate: new X509Certificate(cert),
      context: createSecureContext({
        cert,
        key,
        minVersion,
        sessionIdContext: 'tsgi',
        ...(files.clientCa !== undefined && { ca: files.clientCa }),
        ...(ciphers !== undefined && { ciphers }),
        ...(ticketKeys !== undefined && { ticketKeys }),
      }),
    }))
    if (first === undefined) throw new Error('there is no certificate')
    return [first, ...others]
  }
}

/** @returns what is wrong with the certificate of a client; `undefined` for a good one, and where none was wanted. */
function clientProblem(stream: TLSSocket): string | undefined {
  if (stream.getPeerX509Certificate() === undefined) return undefined
  // tls.Server asks the same of its sockets; a socket of our own has no public name for it. Without an answer: refused.
  const judge: unknown = Reflect.get(Object(Reflect.get(stream, 'ssl')), 'verifyError')
  if (typeof judge !== 'function') return 'this Node does not say whether it is good'
  const error: unknown = Reflect.apply(judge, Reflect.get(stream, 'ssl'), [])
  if (error === null || error === undefined) return undefined
  return error instanceof Error ? error.message : String(error)
}

/**
 * What an application may know of its client's certificate, by the names of Apache's mod_ssl.
 */
export function clientVariables(stream: TLSSocket): Readonly<Record<string, string>> {
  const certificate = stream.getPeerX509Certificate()
  if (certificate === undefined) return { SSL_CLIENT_VERIFY: 'NONE' }
  return {
    SSL_CLIENT_VERIFY: 'SUCCESS',
    SSL_CLIENT_S_DN: nameOf(certificate.subject),
    SSL_CLIENT_I_DN: nameOf(certificate.issuer),
    SSL_CLIENT_M_SERIAL: certificate.serialNumber,
    SSL_CLIENT_CERT: certificate.toString(),
  }
}

/** Node has one part a line, escaped; RFC 4514 has the last part first, with commas. */
function nameOf(parts: string | undefined): string {
  return (parts ?? '').split('\n').reverse().join(',')
}
