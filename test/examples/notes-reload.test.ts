/**
 * Nothing is lost when the workers are replaced, or the server is stopped, while an upload is under way: the worker that
 * has begun it ends it. By the real command, with two workers, over real sockets.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Answer, ask, type Command, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'

endCommandsAfterEach()

const FILE = randomBytes(3_000_000)
const HEAD = '--x\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
const TAIL = '\r\n--x--\r\n'

function serveNotes(folder: string): Promise<Command> {
  const words = ['examples/notes/app.ts:application', '--workers', '2', '--bind', '127.0.0.1:0']
  return serving(words, { env: { NOTES_DATA: folder } })
}

async function createNote(command: Command, title: string): Promise<string> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
  const request = http.request(`${command.url}/notes`, { method: 'POST', headers, agent: false })
  request.end(JSON.stringify({ title, text: '' }))
  const [response] = await once(request, 'response')
  response.resume()
  expect(response.statusCode).toBe(201)
  return response.headers.location
}

/** Half of an upload, which a worker has begun to write to the disk. */
async function beginUpload(command: Command, note: string, folder: string) {
  const attachments = join(folder, 'attachments')
  await mkdir(attachments, { recursive: true })
  const begun = appearance(attachments, /\.part$/)
  const request = http.request(`${command.url}${note}/attachments`, {
    method: 'POST',
    agent: false,
    headers: {
      Accept: 'application/json',
      'Content-Type': 'multipart/form-data; boundary=x',
      'Content-Length': HEAD.length + FILE.length + TAIL.length,
    },
  })
  request.write(HEAD)
  request.write(FILE.subarray(0, 1_000_000))
  await begun
  return {
    abandon: () => {
      request.once('error', () => {}) // that it was cut is what we want
      request.destroy()
    },
    async finish(): Promise<Pick<Answer, 'status' | 'text'>> {
      request.write(FILE.subarray(1_000_000))
      request.end(TAIL)
      const [response] = await once(request, 'response')
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      return { status: response.statusCode, text }
    },
  }
}

/** Resolves when a file with such a name is in the folder. */
async function appearance(folder: string, name: RegExp): Promise<void> {
  let watcher: FSWatcher | undefined
  await new Promise<void>((resolve, reject) => {
    const look = () => readdir(folder).then((names) => names.some((each) => name.test(each)) && resolve(), reject)
    watcher = watch(folder, look)
    look()
  }).finally(() => watcher?.close())
}

async function download(command: Command, note: string): Promise<Buffer | undefined> {
  const { text } = await ask(`${command.url}${note}`, { headers: { Accept: 'application/json' } })
  const { attachments } = JSON.parse(text)
  if (attachments.length === 0) return undefined
  const response = await fetch(command.url + attachments[0].url)
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="photo.jpg"')
  return Buffer.from(await response.arrayBuffer())
}

describe('the notes', () => {
  it('end an upload on its old worker while new ones answer (SIGHUP), and have all of it after a restart', async () => {
    const folder = folderWith()
    const command = await serveNotes(folder)
    const note = await createNote(command, 'Holiday')
    const upload = await beginUpload(command, note, folder)

    command.signal('SIGHUP')
    await command.worker(3)
    // Of the two old workers one has nothing to do any more, the other has the upload.
    await command.printed(/has left/, 1)
    expect((await ask(`${command.url}${note}`)).status).toBe(200)
    const second = await createNote(command, 'Written during the reload')
    const answer = await upload.finish()
    expect(answer.status).toBe(201)
    expect(JSON.parse(answer.text)).toMatchObject({ attachments: [{ name: 'photo.jpg', size: FILE.length }] })
    await command.printed(/has left/, 2)
    expect((await download(command, note))?.equals(FILE)).toBe(true)
    command.signal('SIGTERM')
    expect(await command.exit()).toMatchObject({ code: 0 })

    const after = await serveNotes(folder)
    expect((await download(after, note))?.equals(FILE)).toBe(true)
    expect((await ask(`${after.url}${second}`)).text).toContain('Written during the reload')
  })

  it('end an upload before the server stops (SIGTERM), and have it after the restart', async () => {
    const folder = folderWith()
    const command = await serveNotes(folder)
    const note = await createNote(command, 'Holiday')
    const upload = await beginUpload(command, note, folder)
    command.signal('SIGTERM')
    await command.printed(/has left/, 1)
    expect((await upload.finish()).status).toBe(201)
    expect(await command.exit()).toMatchObject({ code: 0 })
    const after = await serveNotes(folder)
    expect((await download(after, note))?.equals(FILE)).toBe(true)
  })

  it('have no half of an upload whose client left, and nothing of it stays on the disk', async () => {
    const folder = folderWith()
    const command = await serveNotes(folder)
    const note = await createNote(command, 'Holiday')
    const upload = await beginUpload(command, note, folder)
    const gone = disappearance(join(folder, 'attachments'))
    upload.abandon()
    await gone
    expect(await download(command, note)).toBeUndefined()
  })

  it('have no half of an upload whose worker was killed, and go on', async () => {
    const folder = folderWith()
    const command = await serveNotes(folder)
    const note = await createNote(command, 'Holiday')
    const upload = await beginUpload(command, note, folder)
    for (const worker of [await command.worker(0), await command.worker(1)]) process.kill(worker, 'SIGKILL')
    await expect(upload.finish()).rejects.toThrow()
    await command.worker(3)
    expect(await download(command, note)).toBeUndefined()
    const again = await beginUpload(command, note, folder)
    expect((await again.finish()).status).toBe(201)
    expect((await download(command, note))?.equals(FILE)).toBe(true)
  })
})

/** Resolves when the folder is empty. */
async function disappearance(folder: string): Promise<void> {
  let watcher: FSWatcher | undefined
  await new Promise<void>((resolve, reject) => {
    const look = () => readdir(folder).then((names) => names.length === 0 && resolve(), reject)
    watcher = watch(folder, look)
    look()
  }).finally(() => watcher?.close())
}
