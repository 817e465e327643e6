/** TLS, trusted proxies and the PROXY protocol, with the real command on real sockets. */
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import https from 'node:https'
import net from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

/** Shows who the application thinks the client is. */
const APP = `export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']])
  const { REMOTE_ADDR, REMOTE_PORT, SERVER_NAME, SERVER_PORT, HTTP_HOST, HTTP_X_FORWARDED_FOR } = environ
  const scheme = environ['wsgi.url_scheme']
  return JSON.stringify({ REMOTE_ADDR, REMOTE_PORT, SERVER_NAME, SERVER_PORT, HTTP_HOST, HTTP_X_FORWARDED_FOR, scheme })
}
`

function makeCertificate(folder: string, name: string): void {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const files = ['-subj', `/CN=${name}`, '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)]
  execFileSync('openssl', [...words, ...files], { stdio: 'ignore' })
}

/** Writes octets on a connection of its own, and reads to its end. */
function talk(port: number, octets: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(octets))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.on('error', (error) => (text === '' ? reject(error) : undefined))
  })
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

describe('TLS', () => {
  const options = { rejectUnauthorized: false, agent: false } as const

  async function secure(words: readonly string[] = []): Promise<{ command: Command; folder: string }> {
    const folder = folderWith({ 'app.js': APP })
    makeCertificate(folder, 'one')
    const files = ['--certfile', 'one.pem', '--keyfile', 'one.key']
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...files, ...words], { cwd: folder })
    return { command, folder }
  }

  function get(url: string): Promise<{ body: Record<string, string>; subject: string }> {
    return new Promise((resolve, reject) => {
      const request = https.get(url, options, (response) => {
        const { CN } = (response.socket as tls.TLSSocket).getPeerCertificate().subject
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ body: JSON.parse(text), subject: String(CN) }))
      })
      request.on('error', reject)
    })
  }

  it('speaks HTTPS, says so in its address, and the application knows', async () => {
    const { command } = await secure()
    expect(command.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const { body, subject } = await get(command.url)
    expect(body).toMatchObject({ scheme: 'https', REMOTE_ADDR: '127.0.0.1', SERVER_PORT: String(command.port) })
    expect(subject).toBe('one')
  })

  it('serves the new certificate after a reload, and the old one while the new one will not do', async () => {
    const { command, folder } = await secure()
    makeCertificate(folder, 'two')
    renameSync(join(folder, 'two.pem'), join(folder, 'one.pem'))
    command.signal('SIGHUP')
    // The key is still the other's.
    await command.printed(
      /--certfile one\.pem with --keyfile one\.key will not do: the key is not that of the first certificate.*old worker stays/,
    )
    expect((await get(command.url)).subject).toBe('one')
    renameSync(join(folder, 'two.key'), join(folder, 'one.key'))
    command.signal('SIGHUP')
    await expect.poll(async () => (await get(command.url)).subject, { timeout: 10_000 }).toBe('two')
  })

  it('sends a long file as it is', async () => {
    const text = Array.from({ length: 500_000 }, (_, line) => `${line}\n`).join('')
    const [folder, site] = [folderWith(), folderWith({ 'long.txt': text })]
    makeCertificate(folder, 'one')
    const files = ['--certfile', 'one.pem', '--keyfile', 'one.key']
    const command = await serving([site, '--bind', '127.0.0.1:0', ...files], { cwd: folder })
    const received = await new Promise<string>((resolve, reject) => {
      const request = https.get(`${command.url}/long.txt`, options, (response) => resolve(textOf(response)))
      request.on('error', reject)
    })
    expect(received === text).toBe(true)
  })

  it('answers nothing to plain HTTP, and goes on serving', async () => {
    const { command } = await secure()
    expect(await talk(command.port, GET).catch(() => '')).not.toContain('HTTP/1.1 200')
    expect((await get(command.url)).subject).toBe('one')
  })

  it('keeps the connection for a second request, and ends it cleanly', async () => {
    const { command, folder } = await secure()
    const text = await new Promise<string>((resolve, reject) => {
      const ca = readFileSync(join(folder, 'one.pem'))
      const socket = tls.connect({
        port: command.port,
        host: '127.0.0.1',
        ca,
        servername: 'one',
        ALPNProtocols: ['http/1.1'],
      })
      let received = ''
      socket.setEncoding('latin1')
      socket.write(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`)
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('end', () => resolve(received))
      socket.on('error', reject)
    })
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  it.each([
    [['--certfile', 'no.pem', '--keyfile', 'one.key'], '--certfile no.pem: there is no such file'],
    [['--keyfile', 'one.key'], '--keyfile is given without --certfile: TLS needs both'],
    [['--certfile', 'app.js'], '--certfile app.js with --keyfile app.js will not do'],
  ])('says in one line why %j will not do', async (words, line) => {
    const folder = folderWith({ 'app.js': APP })
    const command = tsgi(['serve', 'app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folder })
    expect((await command.exit()).code).toBe(2)
    expect(command.output).toContain(line)
  })
})

describe('--forwarded-allow-ips', () => {
  const headers = {
    Host: 'inner',
    'X-Forwarded-For': '6.6.6.6, 1.2.3.4',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'shop.example',
  }

  it('is nobody by default: the fields are taken away (E-08)', async () => {
    const command = await serving(['app.js', '--bind', '127.0.0.1:0'], { cwd: folderWith({ 'app.js': APP }) })
    const seen = JSON.parse((await ask(command.url, { headers })).text)
    expect(seen).toMatchObject({ REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'inner', scheme: 'http' })
    expect(seen.HTTP_X_FORWARDED_FOR).toBeUndefined()
    await ask(command.url, { headers })
    await command.printed(/X-Forwarded-For of 127\.0\.0\.1 was dropped; --forwarded-allow-ips 127\.0\.0\.1 believes it/)
    expect(command.output.match(/was dropped/g)).toHaveLength(1)
  })

  it('believes a named network from right to left, also in the access log', async () => {
    const words = ['--forwarded-allow-ips', '10.0.0.0/8,127.0.0.0/8', '--access-logfile', '-']
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folderWith({ 'app.js': APP }) })
    const seen = JSON.parse((await ask(command.url, { headers })).text)
    expect(seen).toMatchObject({ REMOTE_ADDR: '1.2.3.4', HTTP_HOST: 'inner', scheme: 'https' })
    await command.printed(/^1\.2\.3\.4 - - .*"GET \/ HTTP\/1\.1" 200/m)
  })

  it('believes the host where --forwarded-fields names it, and then only what it names', async () => {
    const words = ['--forwarded-allow-ips', '127.0.0.1', '--forwarded-fields', 'x-forwarded-for,x-forwarded-host']
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folderWith({ 'app.js': APP }) })
    const seen = JSON.parse((await ask(command.url, { headers })).text)
    expect(seen).toMatchObject({ REMOTE_ADDR: '1.2.3.4', HTTP_HOST: 'shop.example', scheme: 'http' })
  })

  it('says which fields there are', async () => {
    const folder = folderWith({ 'app.js': APP })
    const command = tsgi(['serve', 'app.js'], { cwd: folder, env: { TSGI_FORWARDED_FIELDS: 'x-real-ip' } })
    expect((await command.exit()).code).toBe(2)
    expect(command.output).toContain('TSGI_FORWARDED_FIELDS x-real-ip: must be forwarded, forwarded:host')
  })

  it('answers 400 to what a trusted proxy cannot have meant', async () => {
    const words = ['--forwarded-allow-ips', '*']
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folderWith({ 'app.js': APP }) })
    expect((await ask(command.url, { headers: { Forwarded: 'for="' } })).status).toBe(400)
    expect((await ask(command.url, { headers: { Forwarded: 'for=1.2.3.4' } })).status).toBe(200)
  })

  it('says what an entry has to be', async () => {
    const command = tsgi(['serve', 'app.js', '--forwarded-allow-ips', 'proxy.local'], {
      cwd: folderWith({ 'app.js': APP }),
    })
    expect((await command.exit()).code).toBe(2)
    expect(command.output).toContain('--forwarded-allow-ips proxy.local: must be an address')
  })
})

describe('--proxy-allow-from', () => {
  const words = ['--proxy-allow-from', '127.0.0.1']

  it('takes client and server addresses from a PROXY line, and what follows it as HTTP', async () => {
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folderWith({ 'app.js': APP }) })
    const answer = await talk(command.port, `PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n${GET}`)
    expect(answer).toContain('"REMOTE_ADDR":"1.2.3.4","REMOTE_PORT":"1111","SERVER_NAME":"5.6.7.8","SERVER_PORT":"443"')
  })

  it('reads it once per connection: a second one is no request', async () => {
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folderWith({ 'app.js': APP }) })
    const line = 'PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n'
    const answer = await talk(command.port, `${line}GET / HTTP/1.1\r\nHost: a\r\n\r\n${line}${GET}`)
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
  })

  it('ends a connection that begins with anything else, and says so', async () => {
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...words], { cwd: folderWith({ 'app.js': APP }) })
    expect(await talk(command.port, GET).catch(() => '')).toBe('')
    await command.printed(/turned a connection of 127\.0\.0\.1 away: no PROXY header/)
  })

  it('does not read it from a peer that is not named', async () => {
    const others = ['--proxy-allow-from', '10.0.0.1']
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...others], {
      cwd: folderWith({ 'app.js': APP }),
    })
    expect(await talk(command.port, `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${GET}`)).toMatch(/^HTTP\/1\.1 400/)
    expect(await talk(command.port, GET)).toContain('"REMOTE_ADDR":"127.0.0.1"')
  })

  it('goes before TLS', async () => {
    const folder = folderWith({ 'app.js': APP })
    makeCertificate(folder, 'one')
    const all = [...words, '--certfile', 'one.pem', '--keyfile', 'one.key']
    const command = await serving(['app.js', '--bind', '127.0.0.1:0', ...all], { cwd: folder })
    const raw = net.connect(command.port, '127.0.0.1')
    raw.write('PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n')
    const text = await new Promise<string>((resolve, reject) => {
      const socket = tls.connect({ socket: raw, rejectUnauthorized: false })
      let received = ''
      socket.write(GET)
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('end', () => resolve(received))
      socket.on('error', reject)
    })
    expect(text).toContain('"REMOTE_ADDR":"1.2.3.4"')
    expect(text).toContain('"scheme":"https"')
  })
})
