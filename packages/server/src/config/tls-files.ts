/**
 * Certificates, keys and the authorities of clients, as the files are now. Reads them and checks that each key belongs to
 * its certificate; knows no socket. The master reads them again while workers serve, for only it may read the keys.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { ConfigError } from './config-error.ts'
import type { Config } from './options.ts'

/** PEM texts: they pass from the master to its workers. */
export interface TlsFiles {
  /** At least one; the first is for clients that name no server. */
  readonly pairs: readonly { readonly cert: string; readonly key: string }[]
  readonly clientCa?: string | undefined
}

type TlsPaths = Pick<Config, 'certfile' | 'keyfile' | 'clientCa'>

/** @returns `undefined` without a certificate. @throws ConfigError for what no handshake could use. */
export function readTlsFiles(config: TlsPaths): TlsFiles | undefined {
  const { certfile, keyfile, clientCa } = config
  if (certfile.length === 0) {
    const lonely = keyfile.length > 0 ? '--keyfile' : clientCa === undefined ? undefined : '--client-ca'
    if (lonely === undefined) return undefined
    throw new ConfigError(`${lonely} is given without --certfile: TLS needs both`)
  }
  if (keyfile.length > 0 && keyfile.length !== certfile.length)
    throw new ConfigError(
      `${certfile.length} --certfile and ${keyfile.length} --keyfile: give one key for each, in the same order, or none where the key stands in the certificate file`,
    )
  return {
    // As gunicorn has it, and as some tools write it: one file with both.
    pairs: certfile.map((cert, index) => readPair(cert, keyfile[index] ?? cert)),
    clientCa: clientCa === undefined ? undefined : readPem('--client-ca', clientCa),
  }
}

function readPair(certfile: string, keyfile: string): { cert: string; key: string } {
  const pair = { cert: readPem('--certfile', certfile), key: readPem('--keyfile', keyfile) }
  try {
    refuseForeignKey(pair)
    return pair
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`--certfile ${certfile} with --keyfile ${keyfile} will not do: ${reason}`, undefined, error)
  }
}

/** OpenSSL keeps a certificate and a key of different kinds side by side and compares nothing: then no handshake succeeds. */
function refuseForeignKey({ cert, key }: { readonly cert: string; readonly key: string }): void {
  const certificate = new X509Certificate(cert)
  const privateKey = createPrivateKey(key)
  if (certificate.checkPrivateKey(privateKey)) return
  const kinds = [certificate.publicKey.asymmetricKeyType, privateKey.asymmetricKeyType]
  const why = kinds[0] === kinds[1] ? '' : `: it has a key of kind ${kinds[0]}, and the file one of kind ${kinds[1]}`
  const subject = certificate.subject?.replaceAll('\n', ', ') ?? 'without a subject'
  throw new Error(`the key is not that of the first certificate (${subject})${why}; the server's own comes first`)
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error
    throw new ConfigError(`${flag} ${file}: ${reason instanceof Error ? reason.message : reason}`)
  }
}

/** Sees when any of the files has changed: certbot and others renew them in place, or switch a link. */
export class TlsFileWatch {
  #paths: readonly string[] = []
  #seen = ''

  /** From now on these files, as they are now. */
  attend({ certfile, keyfile, clientCa }: TlsPaths): void {
    this.#paths = [...certfile, ...keyfile, ...(clientCa === undefined ? [] : [clientCa])]
    this.#seen = this.#state()
  }

  /** Whether they have changed since this was last asked. A file that is missing is on its way. */
  changed(): boolean {
    if (this.#paths.length === 0) return false
    const state = this.#state()
    const hasChanged = state !== this.#seen && !state.includes('-')
    if (hasChanged) this.#seen = state
    return hasChanged
  }

  #state(): string {
    return this.#paths.map((path) => stateOf(path)).join(' ')
  }
}

function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${ino}/${size}/${mtimeMs}`
  } catch {
    return '-'
  }
}
