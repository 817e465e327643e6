/** Uploads as files of the platform: what schemas of three libraries make of them, in memory and on disk. */
import { inspect } from 'node:util'
import { Application, type FileStore, json, post, type RouteSchemas, Upload, type UploadedFile } from '@tsgi/framework'
import { spoolToDisk } from '@tsgi/framework/multipart'
import { request } from '@tsgi/framework/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const STORES: ReadonlyArray<[string, FileStore | undefined]> = [
  ['in memory', undefined],
  ['spooled, small', spoolToDisk()],
  ['on disk', spoolToDisk({ memory: 0 })],
]
const SCHEMAS: ReadonlyArray<[string, RouteSchemas['body']]> = [
  ['z.file()', z.object({ photo: z.file().mime('image/png').min(1).max(1e6) })],
  ['z.instanceof(File)', z.object({ photo: z.instanceof(File) })],
  ['z.instanceof(Blob)', z.object({ photo: z.instanceof(Blob) })],
  ['z.custom', z.object({ photo: z.custom<File>((value) => value instanceof File) })],
  ['z.any()', z.object({ photo: z.any() })],
  ['a list of z.file()', z.object({ photo: z.array(z.file()).length(1) })],
  ['a union', z.object({ photo: z.union([z.literal('none'), z.file()]) })],
  ['valibot file', v.object({ photo: v.pipe(v.file(), v.mimeType(['image/png']), v.maxSize(1e6)) })],
  ['valibot blob', v.object({ photo: v.blob() })],
  ['valibot instance', v.object({ photo: v.instance(File) })],
  ['arktype File', type({ photo: 'File' })],
  ['arktype instanceOf', type({ photo: type.instanceOf(Blob) })],
]
async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

const photo = new File(['(a photo)'], 'tea.png', { type: 'image/png' })

describe.each(STORES)('an upload %s', (_, store) => {
  const form = store === undefined ? {} : { form: { store } }
  const routed = (
    body: RouteSchemas['body'],
    view: (photo: UploadedFile) => object | string | Promise<object | string>,
  ) =>
    new Application([
      post('/', { body, ...form } as object, async (from) => {
        const [file] = [(from as unknown as { body: { photo: UploadedFile | UploadedFile[] } }).body.photo].flat()
        return json(file === undefined ? 'absent' : await view(file))
      }),
    ])

  it.each(SCHEMAS)('is what the schema asks for: %s', async (_, body) => {
    const response = await request(routed(body, ({ name, size }) => [name, size]))
      .post('/')
      .multipart({ photo })
    expect([response.status, response.json()]).toEqual([200, ['tea.png', 9]])
  })

  it('is checked like any file', async () => {
    const body = z.object({ photo: z.file().mime('image/jpeg') })
    const response = await request(routed(body, () => ''))
      .post('/')
      .multipart({ photo })
    expect([response.status, response.text]).toEqual([422, expect.stringContaining('image/jpeg')])
  })

  it('that was not chosen is absent', async () => {
    const application = routed(z.object({ photo: z.file().optional() }), () => 'there')
    const body =
      '--b\r\nContent-Disposition: form-data; name="photo"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n'
    const sent = request(application).post('/').body(body, 'multipart/form-data; boundary=b')
    expect((await sent).json()).toBe('absent')
  })

  it('is called a file where another value is wanted, by each library', async () => {
    for (const body of [z.object({ photo: z.string() }), v.object({ photo: v.string() }), type({ photo: 'string' })]) {
      const { status, text } = await request(routed(body, () => ''))
        .post('/')
        .multipart({ photo })
      expect(status).toBe(422)
      expect(text).not.toMatch(/Upload|Memory|Disk|Spool/)
    }
  })

  it('has all that a File has', async () => {
    const application = routed(z.object({ photo: z.file() }), async (file) => ({
      is: [file instanceof File, file instanceof Blob, file.constructor === File, Object.prototype.toString.call(file)],
      names: [file.name, file.filename, file.field, file.type, file.size],
      text: await file.text(),
      bytes: Buffer.from(await file.bytes()).toString(),
      buffer: Buffer.from(await file.arrayBuffer()).toString(),
      stream: await new Response(file.stream()).text(),
      textStream: await joined(file.textStream()),
      slices: [
        await file.slice(1, 8).text(),
        await file.slice(-6).text(),
        await file.slice(2, -1).slice(0, 2).text(),
        file.slice(5, 2).size,
      ],
      type: file.slice(0, 1, 'text/plain').type,
      inspected: inspect(file),
    }))
    expect((await request(application).post('/').multipart({ photo })).json()).toEqual({
      is: [true, true, true, '[object File]'],
      names: ['tea.png', 'tea.png', 'photo', 'image/png', 9],
      text: '(a photo)',
      bytes: '(a photo)',
      buffer: '(a photo)',
      stream: '(a photo)',
      textStream: '(a photo)',
      slices: ['a photo', 'photo)', ' p', 0],
      type: 'text/plain',
      inspected: expect.stringContaining('tea.png'),
    })
  })

  it('can be sent on in a form of fetch', async () => {
    const application = routed(z.object({ photo: z.file() }), async (file) => {
      const next = new FormData()
      next.append('again', file)
      return await new Response(next).text()
    })
    expect((await request(application).post('/').multipart({ photo })).text).toContain('(a photo)')
  })
})

it('a store of one’s own gives files too', async () => {
  const store: FileStore = async (part) => {
    const bytes = await part.bytes()
    return new Upload(part, {
      size: bytes.length,
      async *read(start, end) {
        yield bytes.subarray(start, end)
      },
      close: async () => {},
    })
  }
  const application = new Application([
    post('/', { body: z.object({ photo: z.file() }), form: { store } }, async ({ body }) =>
      json(await body.photo.text()),
    ),
  ])
  expect((await request(application).post('/').multipart({ photo })).json()).toBe('(a photo)')
})
