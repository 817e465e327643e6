/**
 * Uploads, events and hints on real sockets: with the server of this repository, `validate()` between the two, and
 * clients that are slow, or leave in the middle.
 */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate } from '@tsgi/contract'
import { Application, events, first, get, json, post, text } from '@tsgi/framework'
import { saveTo, spoolToDisk } from '@tsgi/framework/multipart'
import { type ServerHandle, serve } from '@tsgi/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BOUNDARY, part, TYPE } from './multipart/multipart-body.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-upload-'))
const MEBIBYTE = 2 ** 20
const limits = { total: 64 * MEBIBYTE }

/** What happened in the application, told to a test that waits for it. */
let ended = Promise.withResolvers<unknown>()

const application = new Application([
  post('/spool', async (request) => {
    const { fields, files } = await request.form({ limits, store: spoolToDisk({ folder }) })
    const file = first(files.file)
    return json({ title: fields.title, size: file?.size, open: openFiles().length, named: readdirSync(folder) })
  }),
  post('/save', async (request) => {
    try {
      for await (const part of request.multipart(limits))
        if (part.kind === 'file') await saveTo(join(folder, 'saved'), part)
      return text('saved')
    } catch (error) {
      ended.resolve(error)
      throw error
    }
  }),
  post('/form', async (request) => {
    try {
      return json((await request.form({ limits, store: spoolToDisk({ folder }) })).fields)
    } catch (error) {
      ended.resolve(error)
      throw error
    }
  }),
  get('/events', () =>
    events(async function* ({ lastEventId, signal }) {
      yield { data: `after ${lastEventId}`, id: '8' }
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ended.resolve('told')
    }),
  ),
  get('/hints', (request) => {
    request.earlyHints(['</a.css>; rel=preload; as=style'])
    return text('page')
  }),
])

let server: ServerHandle
let port = 0
const validated = validate(application)
beforeAll(async () => {
  server = await serve(validated, { bind: '127.0.0.1:0', errorLogfile: '/dev/null', earlyHints: true })
  port = Number(new URL(server.addresses[0] ?? '').port)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
  validated.verify()
})

/** Descriptors of this process whose file lies, or lay, in the folder. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(folder) ? [target] : []
    } catch {
      return []
    }
  })
}

const url = (path: string) => `http://127.0.0.1:${port}${path}`

describe('an upload', () => {
  it('of 32 MiB goes through the disk, which has no name for it', async () => {
    const data = new FormData()
    data.append('title', 'Übung')
    data.append('file', new Blob([new Uint8Array(32 * MEBIBYTE)]), 'zeros')
    const response = await fetch(url('/spool'), { method: 'POST', body: data })
    const open = process.platform === 'linux' ? 1 : 0
    expect(await response.json()).toEqual({ title: 'Übung', size: 32 * MEBIBYTE, open, named: [] })
    await expect.poll(openFiles).toEqual([])
  })

  it.each(['/form', '/save'])('whose client leaves in the middle leaves nothing behind: %s', async (path) => {
    ended = Promise.withResolvers()
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: ${16 * MEBIBYTE}\r\n\r\n`,
    )
    socket.write(part('name="file"; filename="f"').slice(0, -3))
    socket.write(Buffer.alloc(MEBIBYTE))
    await expect.poll(() => openFiles().length).toBe(1)
    socket.destroy()
    expect(await ended.promise).toBeInstanceOf(Error)
    await expect.poll(() => [openFiles(), readdirSync(folder)]).toEqual([[], []])
  })

  it('beyond the limit is answered while it still comes', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const body = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(MEBIBYTE + 1)}`
    socket.write(`${body.length.toString(16)}\r\n${body}\r\n`)
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
  })
})

it('events arrive one by one, go on with Last-Event-ID, and end when the client leaves', async () => {
  ended = Promise.withResolvers()
  const leave = new AbortController()
  const response = await fetch(url('/events'), { headers: { 'Last-Event-ID': '7' }, signal: leave.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('after')) text += (await reader?.read())?.value ?? 'nothing came: after'
  expect(text).toBe(':\n\nid: 8\ndata: after 7\n\n')
  leave.abort()
  expect(await ended.promise).toBe('told')
})

it('hints come before the answer (RFC 8297)', async () => {
  const request = httpRequest(url('/hints'))
  const hints: unknown[] = []
  request.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers.link]))
  request.end()
  const [response] = await once(request, 'response')
  response.resume()
  expect([hints, response.statusCode]).toEqual([[[103, '</a.css>; rel=preload; as=style']], 200])
})
