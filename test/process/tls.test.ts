/** TLS of the real command: certificates by name, certificates of clients, versions, tickets, renewal, plain HTTP. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, renameSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { serve } from '../../packages/server/src/serve.ts'
import { ask, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']])
  const client = Object.fromEntries(Object.entries(environ).filter(([key]) => key.startsWith('SSL_')))
  return JSON.stringify({ client, pid: process.pid, scheme: environ['wsgi.url_scheme'] })
}
`

function openssl(cwd: string, ...words: string[]): void {
  execFileSync('openssl', words, { cwd, stdio: 'ignore' })
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']

/** `name.pem` and `name.key`, signed by itself. @param names what it is for. */
function makeCertificate(folder: string, name: string, ...names: string[]): void {
  const alternatives = names.map((one) => `DNS:${one}`).join(',')
  const extension = names.length === 0 ? [] : ['-addext', `subjectAltName=${alternatives}`]
  openssl(
    folder,
    'req',
    '-x509',
    ...EC,
    '-subj',
    `/CN=${name}`,
    ...extension,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
  )
}

/** `name.pem` and `name.key`, signed by the authority. */
function makeSigned(folder: string, authority: string, name: string): void {
  openssl(folder, 'req', ...EC, '-subj', `/O=Shop, Inc./CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
  const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial']
  openssl(folder, 'x509', '-req', '-in', `${name}.csr`, ...by, '-days', '2', '-out', `${name}.pem`)
}

interface Reply {
  readonly subject: string
  readonly protocol: string | null
  readonly cipher: string
  readonly isReused: boolean
  readonly session: Buffer | undefined
  readonly body: { readonly client: Record<string, string>; readonly pid: number; readonly scheme: string }
}

/** One request on a connection of its own. */
function get(port: number, options: tls.ConnectionOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      servername: 'one.example',
      ...options,
    })
    let text = ''
    let session: Buffer | undefined
    socket.on('session', (given) => {
      session = given
    })
    socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'))
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [, body] = text.split('\r\n\r\n')
      if (body === undefined) return reject(new Error(`closed after ${JSON.stringify(text)}`))
      resolve({ subject, protocol, cipher, isReused, session, body: JSON.parse(body) })
    })
    let [subject, cipher, isReused] = ['', '', false]
    let protocol: string | null = null
    socket.on('secureConnect', () => {
      subject = String(socket.getPeerCertificate().subject?.CN)
      protocol = socket.getProtocol()
      cipher = socket.getCipher().name
      isReused = socket.isSessionReused()
    })
  })
}

async function secure(folder: string, words: readonly string[]): Promise<Command> {
  return await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folder })
}

function prepared(): string {
  const folder = folderWith({ 'app.js': APP })
  makeCertificate(folder, 'one', 'one.example')
  return folder
}

const ONE = ['--certfile', 'one.pem', '--keyfile', 'one.key']

describe('several certificates', () => {
  it('are chosen by the name that a client asks for; the first is for all others', async () => {
    const folder = prepared()
    makeCertificate(folder, 'two', 'two.example', '*.two.example')
    const command = await secure(folder, [...ONE, '--certfile', 'two.pem', '--keyfile', 'two.key'])
    const subjectFor = async (servername: string) => (await get(command.port, { servername })).subject
    expect(await subjectFor('one.example')).toBe('one')
    expect(await subjectFor('two.example')).toBe('two')
    expect(await subjectFor('WWW.Two.Example')).toBe('two')
    expect(await subjectFor('a.b.two.example')).toBe('one')
    expect(await subjectFor('other.example')).toBe('one')
    expect(await subjectFor('')).toBe('one')
  })

  it.each([
    [['--certfile', 'one.pem', '--certfile', 'one.pem', '--keyfile', 'one.key'], '2 --certfile and 1 --keyfile'],
    [[...ONE, '--ciphers', 'NONE-SUCH'], 'with --ciphers NONE-SUCH will not do'],
    [[...ONE, '--client-ca', 'no.pem'], '--client-ca no.pem: there is no such file'],
    [['--client-ca', 'one.pem'], '--client-ca is given without --certfile'],
    [[...ONE, '--tls-min', '1.1'], '--tls-min 1.1: must be one of 1.2, 1.3'],
  ])('%j is refused in one line', async (words, line) => {
    const command = tsgi(['serve', 'app.js', '--bind', '127.0.0.1:0', ...words], { cwd: prepared() })
    expect((await command.exit()).code).toBe(2)
    expect(command.output).toContain(line)
  })
})

describe('--client-ca', () => {
  function withClients(): { folder: string; good: tls.ConnectionOptions; bad: tls.ConnectionOptions } {
    const folder = prepared()
    makeCertificate(folder, 'ca')
    makeCertificate(folder, 'stranger')
    makeSigned(folder, 'ca', 'alice')
    makeSigned(folder, 'stranger', 'mallory')
    const pair = (name: string) => ({
      cert: readFileSync(join(folder, `${name}.pem`)),
      key: readFileSync(join(folder, `${name}.key`)),
    })
    return { folder, good: pair('alice'), bad: pair('mallory') }
  }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'lets in who has a certificate of it, and no one else (%s)',
    async (version) => {
      const { folder, good, bad } = withClients()
      const command = await secure(folder, [...ONE, '--client-ca', 'ca.pem'])
      const only = { minVersion: version, maxVersion: version }
      const { body } = await get(command.port, { ...good, ...only })
      expect(body.client).toMatchObject({
        SSL_CLIENT_VERIFY: 'SUCCESS',
        SSL_CLIENT_S_DN: 'CN=alice,O=Shop\\, Inc.',
        SSL_CLIENT_I_DN: 'CN=ca',
        SSL_CLIENT_M_SERIAL: expect.stringMatching(/^[0-9A-F]+$/),
        SSL_CLIENT_CERT: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
      })
      await expect(get(command.port, { ...bad, ...only })).rejects.toThrow()
      await expect(get(command.port, only)).rejects.toThrow()
      await command.printed(/turned a connection of 127\.0\.0\.1 away: its certificate will not do: /)
      // A session of a good client does not open the door to another one.
      const { session } = await get(command.port, { ...good, ...only })
      expect(
        (await get(command.port, { ...good, ...only, ...(session && { session }) })).body.client.SSL_CLIENT_S_DN,
      ).toContain('alice')
    },
  )

  it('is optional where --client-verify says so, and a bad certificate still does not pass', async () => {
    const { folder, good, bad } = withClients()
    const command = await secure(folder, [...ONE, '--client-ca', 'ca.pem', '--client-verify', 'optional'])
    expect((await get(command.port)).body.client).toEqual({ SSL_CLIENT_VERIFY: 'NONE' })
    expect((await get(command.port, good)).body.client.SSL_CLIENT_VERIFY).toBe('SUCCESS')
    await expect(get(command.port, bad)).rejects.toThrow()
  })

  it('is the only source of SSL_CLIENT_*', async () => {
    const command = await secure(prepared(), ONE)
    expect((await get(command.port)).body.client).toEqual({})
  })
})

describe('versions and ciphers', () => {
  it('are as Node has them, and no older version than --tls-min is spoken', async () => {
    const folder = prepared()
    const usual = await secure(folder, ONE)
    expect((await get(usual.port, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2')
    await expect(
      get(usual.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toThrow()
    const strict = await secure(folder, [...ONE, '--tls-min', '1.3'])
    expect((await get(strict.port)).protocol).toBe('TLSv1.3')
    await expect(get(strict.port, { maxVersion: 'TLSv1.2' })).rejects.toThrow()
  })

  it('are those of --ciphers', async () => {
    const command = await secure(prepared(), [...ONE, '--ciphers', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
    expect((await get(command.port, { maxVersion: 'TLSv1.2' })).cipher).toBe('ECDHE-ECDSA-AES256-GCM-SHA384')
    await expect(
      get(command.port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
    ).rejects.toThrow()
  })
})

describe('tickets', () => {
  it('of one worker are taken by every other, and by those of a reload', async () => {
    const command = await secure(prepared(), [...ONE, '--workers', '2'])
    await command.worker(1)
    let { session } = await get(command.port)
    const reused: boolean[] = []
    const workers = new Set<number>()
    const again = async () => {
      const reply = await get(command.port, { ...(session && { session }) })
      reused.push(reply.isReused)
      workers.add(reply.body.pid)
      session = reply.session ?? session
    }
    while (workers.size < 2) await again()
    command.signal('SIGHUP')
    await command.printed(/has left/, 2)
    while (workers.size < 3) await again()
    expect(reused).not.toContain(false)
  })
})

describe('a certificate that is renewed', () => {
  it('is used without a new worker, once its key has come too', async () => {
    const folder = prepared()
    const command = await secure(folder, ONE)
    makeCertificate(folder, 'two', 'one.example')
    const before = await get(command.port)
    renameSync(join(folder, 'two.pem'), join(folder, 'one.pem'))
    await command.printed(/the key is not that of the first certificate \(CN=two\)/)
    expect((await get(command.port)).subject).toBe('one')
    renameSync(join(folder, 'two.key'), join(folder, 'one.key'))
    await command.printed(/certificates were renewed/)
    await expect.poll(async () => (await get(command.port)).subject, { timeout: 10_000 }).toBe('two')
    expect((await get(command.port)).body.pid).toBe(before.body.pid)
  })

  it('is used by serve() too', async () => {
    const folder = prepared()
    makeCertificate(folder, 'two', 'one.example')
    const at = (name: string) => join(folder, name)
    const { application } = await import(at('app.js'))
    const server = await serve(application, { bind: '127.0.0.1:0', certfile: at('one.pem'), keyfile: at('one.key') })
    const port = Number(new URL(server.addresses[0] ?? '').port)
    expect((await get(port)).subject).toBe('one')
    for (const end of ['pem', 'key']) copyFileSync(at(`two.${end}`), at(`one.${end}`))
    await expect.poll(async () => (await get(port)).subject, { timeout: 10_000 }).toBe('two')
    await server.close()
  })
})

describe('--redirect-to-https', () => {
  it('sends plain HTTP on any address to HTTPS, and serves HTTPS on it', async () => {
    const words = [...ONE, '--redirect-to-https', '--bind', '127.0.0.1:0']
    const command = await secure(prepared(), words)
    const ports = command.urls.map((url) => Number(new URL(url).port))
    expect(ports).toHaveLength(2)
    for (const port of ports) {
      expect((await get(port)).body.scheme).toBe('https')
      const options = { host: '127.0.0.1', port, path: '/a?b=c', headers: { Host: `shop.example:${port}` } }
      const { status, headers } = await ask(options)
      expect([status, headers.location]).toEqual([
        308,
        expect.stringMatching(/^https:\/\/shop\.example(?::\d+)?\/a\?b=c$/),
      ])
      expect(headers.connection).toBe('close')
    }
  })

  it('is off by default: nothing is said in plain text', async () => {
    const command = await secure(prepared(), ONE)
    await expect(ask({ host: '127.0.0.1', port: command.port, agent: new http.Agent() })).rejects.toThrow()
    await command.printed(/it speaks plain HTTP to TLS/)
  })
})
