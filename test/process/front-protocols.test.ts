/** `--protocol uwsgi|scgi|fastcgi` of the real command, spoken in bytes: trust, limits, time limits, side by side, failures. */
import { rmSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'
import { Front, hasProgram, nginxCommand, ownAddress, type Place, recipe, temporaryFolder } from '../support/front.ts'
import {
  fastcgiRecord,
  fastcgiRecords,
  type Pairs,
  readRecords,
  scgiRequest,
  stdoutOf,
  uwsgiRequest,
  variablesFor,
} from '../support/front-bytes.ts'
import { load } from './load.ts'

endCommandsAfterEach()

const APP = `
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export const application = async (environ, startResponse) => {
  if (environ.PATH_INFO === '/slow') await wait(300)
  if (environ.PATH_INFO === '/never') await wait(60_000)
  if (environ.PATH_INFO === '/read') await environ['wsgi.input'].read()
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  if (environ.PATH_INFO === '/cut') return (async function* () { yield 'begun'; await wait(50); throw new Error('on purpose') })()
  return environ.PATH_INFO + ' of ' + environ.REMOTE_ADDR + ' by ' + environ['wsgi.url_scheme'] + ' ' + process.pid
}`

type Kind = 'uwsgi' | 'scgi' | 'fastcgi'

function start(protocol: Kind, words: readonly string[] = []): Promise<Command> {
  const all = ['app.js', '--bind', '127.0.0.1:0', '--protocol', protocol, ...words]
  return serving(all, { cwd: folderWith({ 'app.js': APP }) })
}

function portOf(command: Command): number {
  return Number(/Listening at \w+:\/\/127\.0\.0\.1:(\d+)/.exec(command.output)?.[1])
}

interface Talk {
  readonly text: string
  /** How the server ended it. */
  readonly end: 'fin' | 'reset'
}

/** Sends latin-1 bytes, and reads until the server ends the connection. */
function talk(command: Command, bytes: string, from = '127.0.0.1'): Promise<Talk> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port: portOf(command), localAddress: from })
    let text = ''
    let end: Talk['end'] = 'fin'
    socket.setEncoding('latin1').on('data', (piece) => {
      text += piece
    })
    socket.on('error', () => {
      end = 'reset'
    })
    socket.on('close', () => resolve({ text, end }))
    socket.write(bytes, 'latin1')
  })
}

const REQUEST: Readonly<Record<Kind, (target: string, more?: Pairs) => string>> = {
  uwsgi: (target, more) => uwsgiRequest(variablesFor('GET', target, more)),
  scgi: (target, more) => scgiRequest(variablesFor('GET', target, more)),
  fastcgi: (target, more) => fastcgiRecords(1, variablesFor('GET', target, more), [], false).join(''),
}

describe.each(['uwsgi', 'scgi', 'fastcgi'] as const)('--protocol %s', (protocol) => {
  const request = REQUEST[protocol]

  it('serves this machine, and says so in its address', async () => {
    const command = await start(protocol)
    expect(command.output).toContain(`Listening at ${protocol}://127.0.0.1:`)
    const { text, end } = await talk(command, request('/a'))
    expect(text).toContain('/a of 203.0.113.9 by http')
    expect(end).toBe('fin')
  })

  it('turns away who is no trusted front, and says who it was', async () => {
    const command = await start(protocol)
    expect((await talk(command, request('/a'), '127.0.0.2')).text).toBe('')
    await command.printed(/turned a connection of 127\.0\.0\.2 away: it is no trusted front/)
  })

  it('trusts the peers of --forwarded-allow-ips, and them only', async () => {
    const command = await start(protocol, ['--forwarded-allow-ips', '127.0.0.2'])
    expect((await talk(command, request('/a'), '127.0.0.2')).text).toContain('/a of 203.0.113.9')
    expect((await talk(command, request('/a'))).text).toBe('')
  })

  it('believes no X-Forwarded-For of a client, unless the client is a proxy that is named', async () => {
    const claims: Pairs = [
      ['HTTP_X_FORWARDED_FOR', '127.0.0.1'],
      ['HTTP_X_FORWARDED_PROTO', 'https'],
    ]
    const every = await start(protocol, ['--forwarded-allow-ips', '*'])
    expect((await talk(every, request('/a', claims))).text).toContain('/a of 203.0.113.9 by http ')
    const named = await start(protocol, ['--forwarded-allow-ips', '127.0.0.1,203.0.113.0/24'])
    expect((await talk(named, request('/a', claims))).text).toContain('/a of 127.0.0.1 by https ')
  })

  it('answers 400 to variables that are no request of HTTP, and ends a connection of another protocol', async () => {
    const command = await start(protocol)
    expect((await talk(command, request('/a b'))).text).toMatch(/(?:HTTP\/1\.1|Status:) 400 /)
    expect((await talk(command, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).text).toBe('')
    await command.printed(/away: this is no (?:uwsgi request|SCGI request|FastCGI record)/)
  })

  it('keeps the limits and the time limits of HTTP', async () => {
    const words = [
      '--header-timeout',
      '0.3',
      '--body-timeout',
      '0.3',
      '--request-timeout',
      '1',
      '--limit-request-field-size',
      '1k',
    ]
    const command = await start(protocol, words)
    const more: Pairs = [['CONTENT_LENGTH', '5']]
    const body = {
      uwsgi: uwsgiRequest(variablesFor('POST', '/read', more)),
      scgi: scgiRequest(variablesFor('POST', '/read'), 'abcde').slice(0, -2),
      fastcgi: fastcgiRecords(1, variablesFor('POST', '/read', more), ['ab'], false)
        .slice(0, -1)
        .join(''),
    }[protocol]
    const [large, slowHead, slowBody, slow] = await Promise.all([
      talk(command, request('/a', [['HTTP_X', 'y'.repeat(2000)]])),
      talk(command, request('/a').slice(0, 30)),
      talk(command, body),
      talk(command, request('/never')),
    ])
    expect(large.text).toMatch(/ 431 /)
    expect(slowHead.text).toBe('')
    expect(slowBody.text).toMatch(/ 408 /)
    expect(slow.text).toMatch(/ 503 /)
  })

  it('finishes what is under way before it leaves', async () => {
    const command = await start(protocol)
    const answer = talk(command, request('/slow'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    command.signal('SIGTERM')
    expect((await answer).text).toContain('/slow of 203.0.113.9')
    expect((await command.exit()).code).toBe(0)
  })

  it('refuses TLS in one line', async () => {
    const words = ['serve', 'app.js', '--protocol', protocol, '--certfile', 'one.pem', '--bind', '127.0.0.1:0']
    const command = tsgi(words, { cwd: folderWith({ 'app.js': APP }) })
    expect((await command.exit()).code).toBe(2)
    expect(command.output).toMatch(/one\.pem|has no TLS/)
  })
})

describe('an incomplete response', () => {
  it.each(['uwsgi', 'scgi'] as const)('of %s ends in a reset', async (protocol) => {
    const { text, end } = await talk(await start(protocol), REQUEST[protocol]('/cut'))
    expect([text.includes('\r\n\r\n') ? 'begun' : 'nothing', end]).toContain('reset')
  })

  it('of FastCGI ends in what no front takes for a record, after the requests beside it', async () => {
    const command = await start('fastcgi')
    const beside = fastcgiRecords(3, variablesFor('GET', '/slow')).join('')
    const { text, end } = await talk(command, fastcgiRecords(1, variablesFor('GET', '/cut')).join('') + beside)
    expect(text.endsWith('\xff'.repeat(8))).toBe(true)
    const records = readRecords(text.slice(0, -8))
    expect(stdoutOf(records, 1)).toContain('begun')
    expect(stdoutOf(records, 3)).toContain('/slow of')
    expect(records.filter(({ type }) => type === 3).map(({ id }) => id)).toEqual([3])
    expect(end).toBe('fin')
  })
})

describe('FastCGI', () => {
  const ended = (text: string) =>
    readRecords(text)
      .filter(({ type }) => type === 3)
      .map(({ id, content }) => [id, content.charCodeAt(4)])

  it('serves several requests side by side, the quick before the slow', async () => {
    const command = await start('fastcgi')
    const [slow, quick] = [
      fastcgiRecords(1, variablesFor('GET', '/slow')),
      fastcgiRecords(3, variablesFor('GET', '/a')),
    ]
    const last = fastcgiRecords(5, variablesFor('GET', '/slow'), [], false)
    const { text } = await talk(command, [...slow, ...quick, ...last].join(''))
    expect(ended(text).map(([id]) => id)).toEqual([3, 1, 5])
    expect(stdoutOf(readRecords(text), 3)).toContain('/a of')
  })

  it('answers what a front asks of the connection, and what it does not know', async () => {
    const command = await start('fastcgi')
    const asks = fastcgiRecord(9, 0, '\u000f\0FCGI_MPXS_CONNS\u0004\0NONE') + fastcgiRecord(77, 0, '')
    const { text } = await talk(command, asks + REQUEST.fastcgi('/a'))
    const [values, unknown] = readRecords(text)
    expect(values).toEqual({ type: 10, id: 0, content: '\u000f\u0001FCGI_MPXS_CONNS1' })
    expect(unknown).toEqual({ type: 11, id: 0, content: 'M\0\0\0\0\0\0\0' })
  })

  it('refuses another role than that of a responder', async () => {
    const command = await start('fastcgi')
    const { text } = await talk(command, fastcgiRecord(1, 7, '\0\u0002\0\0\0\0\0\0') + REQUEST.fastcgi('/a'))
    expect(ended(text)).toEqual([
      [7, 3],
      [1, 0],
    ])
  })

  it('gives up a request whose client has gone', async () => {
    const command = await start('fastcgi')
    const never = fastcgiRecords(1, variablesFor('GET', '/never')).join('')
    const { text } = await talk(
      command,
      never + fastcgiRecord(2, 1, '') + fastcgiRecords(3, variablesFor('GET', '/a'), [], false).join(''),
    )
    expect(ended(text)).toEqual([
      [1, 0],
      [3, 0],
    ])
  })

  it('ends a connection whose request begins twice', async () => {
    const command = await start('fastcgi')
    const twice = fastcgiRecord(1, 1, '\0\u0001\u0001\0\0\0\0\0').repeat(2)
    expect((await talk(command, twice)).text).toBe('')
    await command.printed(/away: a FastCGI request that begins twice/)
  })

  it('keeps a connection for --keep-alive, and no longer', async () => {
    const command = await start('fastcgi', ['--keep-alive', '0.3'])
    const before = performance.now()
    const { text, end } = await talk(command, fastcgiRecords(1, variablesFor('GET', '/a')).join(''))
    expect(ended(text)).toEqual([[1, 0]])
    expect(end).toBe('fin')
    expect(performance.now() - before).toBeGreaterThan(250)
  })
})

/** More reloads for a longer look: RELOADS=20 npx vitest run test/process/front-protocols.test.ts */
const RELOADS = Number(process.env.RELOADS ?? 4)

const hasNginx = hasProgram('nginx')
describe.skipIf(!hasNginx)(hasNginx ? 'reloads behind nginx' : 'needs nginx, which is not installed', () => {
  it.each(['uwsgi', 'scgi', 'fastcgi'] as const)('fail no request of %s', { timeout: 300_000 }, async (protocol) => {
    const folder = temporaryFolder()
    const command = await serving(
      ['app.js', '--bind', `unix:${folder}/app.sock`, '--protocol', protocol, '--workers', '2', '--keep-alive', '75'],
      { cwd: folderWith({ 'app.js': APP }) },
    )
    const place: Place = { folder, address: ownAddress(), httpPort: 8080, httpsPort: 0, cert: '', key: '', both: '' }
    const edits = { 'listen 80': `listen ${place.address}:8080`, '/run/tsgi/app.sock': join(folder, 'app.sock') }
    const blocks = recipe(`nginx/${protocol}.conf`, {
      ...edits,
      'server_name shop.example': `server_name ${place.address}`,
    })
    const front = await Front.start(place, nginxCommand(place, blocks), [8080])
    const url = `http://${place.address}:8080/`
    expect((await ask(url)).status).toBe(200)
    const clients = load(url, 4, 4)
    for (let reload = 1; reload <= RELOADS; reload++) {
      await clients.reached(reload * 400)
      command.signal('SIGHUP')
      await command.printed(/has left/, reload * 2)
    }
    await clients.reached((RELOADS + 1) * 400)
    const { answered, failures } = await clients.stop()
    await front.stop()
    rmSync(folder, { recursive: true, force: true })
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThanOrEqual((RELOADS + 1) * 400)
  })
})
