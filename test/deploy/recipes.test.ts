/**
 * Every recipe for a proxy in front, behind the real proxy: its own check accepts it, and no header of a client changes
 * what the application knows of the client; WebSockets, large heads, slow uploads and incomplete responses pass.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import https from 'node:https'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ask, type Command, ROOT, serving } from '../support/command.ts'
import {
  Front,
  HOST,
  hasProgram,
  makeCertificate,
  ownAddress,
  type Place,
  recipe,
  temporaryFolder,
} from '../support/front.ts'
import { RECIPES } from './fronts.ts'
import { HEADERS } from './headers.ts'

/** Not the proxy's address: that is 127.0.0.1. */
const CLIENT = '127.0.0.2'

/** The options of the command that a recipe names on its first lines; addresses are free ones. */
function optionsIn(path: string): string[] {
  const [, first = ''] = /^# {3}tsgi serve \S+ ([^\n\\]*(?:\\\n#[^\n\\]*)*)/m.exec(recipe(path, {})) ?? []
  const words = first.replace(/\\\n#/g, '').split(/\s+/)
  expect(words).toContain('--forwarded-allow-ips')
  return words.map((word, i) => (/^--(?:bind|metrics)$/.test(words[i - 1] ?? '') ? '127.0.0.1:0' : word))
}

describe.each(RECIPES)('$name', (front) => {
  const missing = !hasProgram(front.program)
  describe.skipIf(missing)(
    missing ? `needs ${front.program}, which is not installed` : 'in front of tsgi serve',
    () => {
      let place: Place
      let running: Front
      let backend: Command

      beforeAll(async () => {
        const folder = temporaryFolder()
        place = { folder, address: ownAddress(), httpPort: 8080, httpsPort: 8443, ...makeCertificate(folder) }
        backend = await serving([join(ROOT, 'test/deploy/application.ts:application'), ...optionsIn(front.file)])
        const metrics = backend.output.includes('Metrics at') ? await backend.printed(/Metrics at \S+:(\d+)\//) : []
        const [port, metricsPort] = [backend.port, Number(metrics[1] ?? 0)]
        running = await Front.start(place, front.command(place, { port, metricsPort }))
        // HAProxy answers 503 until its first check has succeeded.
        while ((await get('/')).status === 503) await wait(50)
      })
      afterAll(async () => {
        await running?.stop()
        await backend?.kill()
        rmSync(place.folder, { recursive: true, force: true })
      })

      interface Reply {
        readonly status: number
        readonly text: string
        readonly headers: Readonly<Record<string, unknown>>
        readonly hints: number
      }

      function request(
        path: string,
        options: https.RequestOptions,
        write: (to: import('node:http').ClientRequest) => void,
      ) {
        return new Promise<Reply>((resolve, reject) => {
          let hints = 0
          const sent = https.request(
            {
              host: place.address,
              port: place.httpsPort,
              servername: HOST,
              localAddress: CLIENT,
              rejectUnauthorized: false,
              agent: false,
              path,
              ...options,
              headers: { Host: HOST, ...options.headers },
            },
            (response) => {
              let text = ''
              response.setEncoding('latin1').on('data', (piece) => {
                text += piece
              })
              response.on('end', () =>
                resolve({ status: response.statusCode ?? 0, text, headers: response.headers, hints }),
              )
              response.on('error', reject)
            },
          )
          sent.on('information', ({ statusCode }) => {
            if (statusCode === 103) hints++
          })
          sent.on('error', reject)
          write(sent)
        })
      }

      const get = (path: string, headers: Record<string, string | string[]> = {}) =>
        request(path, { headers }, (to) => to.end())

      /** Sends bytes on a TLS connection, and reads for as long as the proxy keeps it open or `ms`. */
      function talk(bytes: string, ms = 1500): Promise<string> {
        return new Promise((resolve) => {
          const options = { host: place.address, port: place.httpsPort, localAddress: CLIENT, servername: HOST }
          const socket = tls.connect({ ...options, rejectUnauthorized: false }, () => socket.write(bytes, 'latin1'))
          let text = ''
          const done = () => {
            socket.destroy()
            resolve(text)
          }
          socket.setEncoding('latin1').on('data', (piece) => {
            text += piece
          })
          socket.on('error', done).on('close', done)
          setTimeout(done, ms)
        })
      }

      it('is accepted by its own check', () => {
        const [program = '', ...words] = front.check(place)
        const { status, stderr, stdout } = spawnSync(program, words, { encoding: 'utf8' })
        expect(status, `${stdout}${stderr}`).toBe(0)
        expect(`${stdout}${stderr}`).not.toMatch(/\[(?:warn|emerg|ALERT)|WARNING/i)
      })

      it.each(HEADERS)('knows the client whatever it writes: %s', async (_, headers) => {
        const { status, text } = await get('/who', headers)
        expect(status, text).toBe(200)
        const { family, ...seen } = JSON.parse(text)
        expect(seen).toMatchObject({ REMOTE_ADDR: CLIENT, scheme: 'https' })
        expect(seen.HTTP_HOST.replace(/:\d+$/, '')).toBe(HOST)
        expect(family.sort()).toEqual(['HTTP_X_FORWARDED_FOR', 'HTTP_X_FORWARDED_PROTO'])
        expect(text).not.toContain('evil.example')
      })

      it.each(['X-Forwarded-For', 'X-Forwarded-For, X-Forwarded-Proto, Forwarded', 'close, X-Forwarded-Proto', 'Host'])(
        'knows the client, or refuses, when Connection names %s',
        async (Connection) => {
          const { status, text } = await get('/who', { Connection, 'X-Forwarded-For': '127.0.0.1' })
          if (status === 200) {
            expect(JSON.parse(text)).toMatchObject({ REMOTE_ADDR: CLIENT, scheme: 'https' })
            expect(JSON.parse(text).HTTP_HOST).toMatch(new RegExp(`^${HOST}`))
          } else expect(status).toBeGreaterThanOrEqual(400)
        },
      )

      it('passes no request for a host that is not ours', async () => {
        const before: string[] = JSON.parse((await get('/seen')).text)
        const { status } = await get('/foreign', { Host: 'evil.example' })
        expect(status).toBe(front.foreignHost)
        const after: string[] = JSON.parse((await get('/seen')).text)
        expect(after.slice(before.length)).not.toContain('/foreign')
      })

      it('sends a browser from http to https', async () => {
        const url = `http://${place.address}:${place.httpPort}/a?b=c`
        const { status, headers } = await ask(url, { headers: { Host: HOST }, localAddress: CLIENT })
        expect([301, 308]).toContain(status)
        expect(headers.location).toMatch(/^https:\/\/shop\.example(?::\d+)?\/a\?b=c$/)
      })

      it.each<[string, string]>([
        ['Content-Length and Transfer-Encoding', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
        ['Transfer-Encoding and Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n'],
        ['a blank before the colon', 'Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n'],
        ['another coding', 'Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n'],
        ['a vertical tab', 'Transfer-Encoding: \x0bchunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n'],
        ['two lengths', 'Content-Length: 0\r\nContent-Length: 40\r\n\r\n'],
        ['a list of lengths', 'Content-Length: 0, 40\r\n\r\n'],
        ['a sign', 'Content-Length: +0\r\n\r\n'],
        ['a fold', 'X: y\r\n Content-Length: 40\r\nContent-Length: 0\r\n\r\n'],
        ['bare line feeds', 'X: y\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n'],
        ['a chunk size with a sign', 'Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n'],
        ['a chunk that is too long', 'Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n'],
        ['a chunk extension with a line feed', 'Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n'],
        ['a NUL', 'X: a\0b\r\nContent-Length: 0\r\n\r\n'],
      ])('takes nothing for a second request that only one side sees: %s', async (_, body) => {
        const mark = `/smuggled-${front.name}-${createHash('sha1').update(body).digest('hex').slice(0, 8)}`
        // What follows the POST is a request to both sides, or to none; the application must not see it with another head.
        const hidden = `GET ${mark} HTTP/1.1\r\nHost: ${HOST}\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n`
        await talk(`POST /who HTTP/1.1\r\nHost: ${HOST}\r\n${body}${hidden}`)
        const seen: string[] = JSON.parse((await get('/seen')).text)
        const smuggled = seen.filter((target) => target.includes(mark))
        // A proxy that takes it for a request passes it as one of its own: with the client's address.
        if (smuggled.length > 0) {
          const answers = await talk(`POST /who HTTP/1.1\r\nHost: ${HOST}\r\n${body}${hidden}`)
          expect(answers).toContain(`"REMOTE_ADDR":"${CLIENT}"`)
          expect(answers).not.toContain('"REMOTE_ADDR":"127.0.0.1"')
        }
      })

      it('lets a WebSocket through, and the application knows its client', async () => {
        const url = `wss://${place.address}:${place.httpsPort}/socket`
        // ws hands its options on to tls.connect().
        const secure: tls.ConnectionOptions = { servername: HOST, rejectUnauthorized: false }
        const socket = new WebSocket(url, [], { headers: { Host: HOST }, localAddress: CLIENT, ...secure })
        const echo = await new Promise<string>((resolve, reject) => {
          socket.on('open', () => socket.send('through'))
          socket.on('message', (text) => resolve(String(text)))
          socket.on('error', reject)
        })
        expect(echo).toBe('through')
        socket.terminate()
      })

      it('answers a request whose application sends early hints', async () => {
        const { status, text, hints } = await get('/hints')
        expect([status, text]).toEqual([200, 'hinted'])
        expect(hints).toBe(front.hints ? 1 : 0)
      })

      it('passes a head of 12 kB in both directions', async () => {
        expect(await get('/large-head')).toMatchObject({ status: 200, text: 'large' })
        const fields = Array.from({ length: 12 }, (_, i) => [`X-Large-${i}`, 'y'.repeat(1000)])
        const { status, text } = await get('/environ', Object.fromEntries(fields))
        expect(status).toBe(200)
        expect(JSON.parse(text).HTTP_X_LARGE_11).toBe('y'.repeat(1000))
      })

      it.each(['Content-Length', 'Transfer-Encoding'])('passes a slow upload whole (%s)', async (framing) => {
        const pieces = Array.from({ length: 10 }, (_, i) => Buffer.alloc(20_000, i))
        const whole = Buffer.concat(pieces)
        const headers = framing === 'Content-Length' ? { 'Content-Length': whole.length } : { [framing]: 'chunked' }
        const { status, text } = await request('/upload', { method: 'POST', headers }, async (to) => {
          for (const piece of pieces) {
            to.write(piece)
            await wait(60)
          }
          to.end()
        })
        expect(status).toBe(200)
        expect(JSON.parse(text)).toEqual({ length: 200_000, sha256: createHash('sha256').update(whole).digest('hex') })
      })

      it.runIf(front.cuts)('shows a client that a response is incomplete', async () => {
        const outcome = await get('/cut').then(
          ({ status }) => status,
          () => 'cut',
        )
        expect(['cut', 502]).toContain(outcome)
      })
    },
  )
})
