/** Certificate and key, before anything listens: a pair that no handshake can use is refused. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { configure } from '../../../packages/server/src/config/configuration.ts'
import { handshakeOf } from '../../../packages/server/src/connection/connection-settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string) => join(folder, name)

function make(name: string, ...kind: string[]): void {
  const words = ['req', '-x509', '-nodes', '-days', '2', '-subj', `/CN=${name}`, ...kind]
  execFileSync('openssl', [...words, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)], { stdio: 'ignore' })
}
make('rsa', '-newkey', 'rsa:2048')
make('other', '-newkey', 'rsa:2048')
make('ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1')
make('ed', '-newkey', 'ed25519')
const joined = (name: string, ...parts: string[]) =>
  writeFileSync(file(name), parts.map((part) => readFileSync(file(part), 'utf8')).join(''))
joined('chain.pem', 'rsa.pem', 'ec.pem')
joined('wrong-chain.pem', 'ec.pem', 'rsa.pem')
joined('both.pem', 'rsa.key', 'rsa.pem')
joined('both-wrong.pem', 'ec.key', 'rsa.pem')
writeFileSync(file('cut.key'), readFileSync(file('rsa.key'), 'utf8').slice(0, 400))
writeFileSync(file('empty.pem'), '')

const handshake = (certfile: string, keyfile?: string) => {
  const values = { certfile: file(certfile), ...(keyfile !== undefined && { keyfile: file(keyfile) }) }
  return handshakeOf(configure({ settings: { place: 'test', values } }).config, () => undefined)
}

describe('a certificate and a key', () => {
  it.each([
    ['rsa.pem', 'rsa.key'],
    ['ec.pem', 'ec.key'],
    ['ed.pem', 'ed.key'],
    ['chain.pem', 'rsa.key'],
    ['both.pem', undefined],
  ])('%s goes with %s', (certfile, keyfile) => {
    expect(handshake(certfile, keyfile)).toBeDefined()
  })

  it.each([
    [
      'rsa.pem',
      'ec.key',
      /will not do: the key is not that of the first certificate \(CN=rsa\): it has a key of kind rsa, and the file one of kind ec;/,
    ],
    ['ec.pem', 'rsa.key', /kind ec, and the file one of kind rsa/],
    ['ed.pem', 'ec.key', /kind ed25519, and the file one of kind ec/],
    ['rsa.pem', 'other.key', /the key is not that of the first certificate \(CN=rsa\);/],
    ['wrong-chain.pem', 'rsa.key', /first certificate \(CN=ec\): .*; the server's own comes first/],
    ['both-wrong.pem', undefined, /kind rsa, and the file one of kind ec/],
    ['rsa.pem', 'cut.key', /--certfile \S+ with --keyfile \S+ will not do: /],
    ['empty.pem', 'rsa.key', /will not do: /],
    ['rsa.key', 'rsa.key', /will not do: /],
    ['rsa.pem', 'missing.key', /--keyfile \S+: there is no such file/],
  ])('%s is refused with %s', (certfile, keyfile, message) => {
    expect(() => handshake(certfile, keyfile)).toThrow(message)
  })
})
