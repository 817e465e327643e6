/** Forms of either kind, through an application, under the validator. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Environ, validate } from '@tsgi/contract'
import { type CallOptions, call, environFor } from '@tsgi/contract/testing'
import {
  Application,
  type ApplicationOptions,
  all,
  type Form,
  first,
  json,
  post,
  Request,
  text,
  type UploadedFile,
} from '@tsgi/framework'
import { saveTo, spoolToDisk } from '@tsgi/framework/multipart'
import { afterAll, describe, expect, it } from 'vitest'
import { cut, form, later, part, TYPE } from '../multipart/multipart-body.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-form-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const URLENCODED = 'application/x-www-form-urlencoded'
const shown = async ({ fields, files }: Form) => ({
  fields,
  files: Object.fromEntries(
    await Promise.all(
      Object.entries(files).map(async ([name, each]) => [name, await Promise.all(all(each).map(summary))]),
    ),
  ),
})
const summary = async (file: UploadedFile) => [
  file.field,
  file.filename,
  file.type,
  file.size,
  (await file.text()).slice(0, 20),
]

const options: ApplicationOptions = { bodyLimit: 2000 }
const application = new Application(
  [
    post('/form', async (request) => json(await shown(await request.form()))),
    post('/twice', async ({ body }) => json([await body.form(), await body.form()].map(({ fields }) => fields))),
    post('/large', async (request) =>
      json(
        await shown(await request.form({ limits: { total: 2 ** 24 }, store: spoolToDisk({ folder, memory: 1000 }) })),
      ),
    ),
    post('/parts', async (request) => {
      const names = []
      for await (const { name, kind } of request.multipart({ parts: 2 })) names.push(`${kind} ${name}`)
      return json(names)
    }),
    post('/both', async ({ body }) => {
      await body.bytes()
      return json(await body.form())
    }),
    post('/after', async ({ body }) => {
      for await (const _ of body.multipart()) break
      return text(await body.text())
    }),
  ],
  options,
)

const send = (path: string, body: CallOptions['body'], type: string | undefined) =>
  call(validate(application), path, {
    method: 'POST',
    body,
    headers: type === undefined ? {} : { 'content-type': type },
  })

describe('an urlencoded form', () => {
  it('has fields, the same name several times as a list', async () => {
    const response = await send('/form', 'a=1&b=x+y%21&a=2&c&__proto__=p&=e&%zz=%ff', `${URLENCODED}; charset=UTF-8`)
    expect(response.text).toBe(
      '{"fields":{"a":["1","2"],"b":"x y!","c":"","__proto__":"p","":"e","%zz":"\ufffd"},"files":{}}',
    )
  })

  it('can be asked for twice', async () => {
    expect((await send('/twice', 'a=1', URLENCODED)).json()).toEqual([{ a: '1' }, { a: '1' }])
  })

  it.each<[string, string | Uint8Array, string | undefined, number]>([
    ['of no type', 'a=1', undefined, 415],
    ['in JSON', '{}', 'application/json', 415],
    ['of a type that only contains the right one (B-06)', 'a=1', `text/plain; ${URLENCODED}`, 415],
    ['of two types', 'a=1', `${URLENCODED}, text/plain`, 415],
    ['of a malformed type', 'a=1', 'application', 415],
    ['in latin-1', 'a=1', `${URLENCODED}; charset=iso-8859-1`, 415],
    ['with raw octets that are not UTF-8', new Uint8Array([0x61, 0xff]), URLENCODED, 400],
    ['beyond the limit', 'a'.repeat(2001), URLENCODED, 413],
    ['of 1001 fields (B-05)', 'a&'.repeat(1000), URLENCODED, 413],
  ])('%s is refused', async (_, body, type, status) => {
    const response = await send('/form', body, type)
    expect([response.status, response.errors]).toEqual([status, ''])
  })

  it('of exactly 1000 fields is read', async () => {
    expect((await send('/form', 'a&'.repeat(999), URLENCODED)).status).toBe(200)
  })
})

describe('a multipart form', () => {
  it('has fields and files; an input without a chosen file is left out', async () => {
    const body = form(
      part('name="a"', 'ü'),
      part('name="a"', '2'),
      part('name="f"; filename="x.txt"', 'one', 'Content-Type: text/plain\r\n'),
      part('name="f"; filename="y"', '', 'Content-Type: application/octet-stream\r\n'),
      part('name="none"; filename=""', '', 'Content-Type: application/octet-stream\r\n'),
    )
    expect((await send('/form', body, TYPE)).json()).toEqual({
      fields: { a: ['ü', '2'] },
      files: {
        f: [
          ['f', 'x.txt', 'text/plain', 3, 'one'],
          ['f', 'y', 'application/octet-stream', 0, ''],
        ],
      },
    })
  })

  it('takes names of a prototype as names (J-01)', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString']
    const body = form(
      ...names.map((name) => part(`name="${name}"`, name)),
      ...names.map((name) => part(`name="${name}"; filename="f"`)),
    )
    const response = await send('/form', body, TYPE)
    for (const name of names) expect(response.text).toContain(`"${name}":"${name}"`)
    expect(Object.prototype).not.toHaveProperty('x')
    expect({}.constructor).toBe(Object)
  })

  it.each<[string, string, number]>([
    ['without a boundary', 'multipart/form-data', 400],
    ['with a boundary of 71 characters', `multipart/form-data; boundary=${'a'.repeat(71)}`, 400],
    ['with a boundary that ends with a blank', 'multipart/form-data; boundary="a "', 400],
    ['with a boundary of other characters', 'multipart/form-data; boundary="a\\"b"', 400],
    ['of another multipart type', 'multipart/mixed; boundary=b0undary', 415],
  ])('%s is refused', async (_, type, status) => {
    expect((await send('/form', form(part('name="a"')), type)).status).toBe(status)
  })

  it.each<[string, CallOptions['body']]>([
    ['declared', form(part('name="a"', 'x'.repeat(2000)))],
    ['not declared', later(cut(form(part('name="a"', 'x'.repeat(2000))), [100]))],
  ])('beyond the limit of the application is 413, its length %s', async (_, body) => {
    expect((await send('/form', body, TYPE)).status).toBe(413)
  })

  it('that declares more than the limit is 413, and nothing of it is read', async () => {
    let pulled = 0
    async function* counted() {
      pulled++
      yield new Uint8Array(100)
    }
    const headers = { 'content-type': TYPE, 'content-length': '2001' }
    const response = await call(validate(application), '/form', { method: 'POST', body: counted(), headers })
    expect([response.status, pulled]).toEqual([413, 0])
  })

  it('that is cut short is 400, without a word in the log', async () => {
    const whole = form(part('name="a"'))
    const response = await call(validate(application), '/form', {
      method: 'POST',
      body: whole.slice(0, -9),
      headers: { 'content-type': TYPE, 'content-length': String(whole.length) },
    })
    expect([response.status, response.errors]).toEqual([400, ''])
  })

  it('can be read part by part, within limits of its own', async () => {
    const two = [part('name="a"'), part('name="b"; filename="c"')]
    expect((await send('/parts', form(...two), TYPE)).json()).toEqual(['field a', 'file b'])
    expect((await send('/parts', form(...two, ...two), TYPE)).status).toBe(413)
    expect((await send('/parts', 'a=1', URLENCODED)).status).toBe(415)
  })

  it('may be read as bytes first', async () => {
    const response = await send('/both', form(part('name="a"', 'x')), TYPE)
    expect([response.status, response.json()]).toEqual([200, expect.objectContaining({ fields: { a: 'x' } })])
  })

  it('cannot be read as text after its parts: that is a mistake of the view', async () => {
    const response = await send('/after', form(part('name="a"'), part('name="b"')), TYPE)
    expect([response.status, response.errors]).toEqual([500, expect.stringContaining('was read before')])
  })
})

/** Descriptors of this process whose file lay in the folder. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(folder) ? [target] : []
    } catch {
      return []
    }
  })
}

describe.runIf(process.platform === 'linux')('a large file on disk', () => {
  const content = 'é'.repeat(100_000)
  const body = form(
    part('name="small"; filename="s"', 's'.repeat(1000)),
    part('name="large"; filename="../l"', content),
    part('name="a"', 'b'),
  )

  it('is read as one in memory is, and is gone with the response', async () => {
    const response = await send('/large', later(cut(body, [4096])), TYPE)
    expect(response.json()).toEqual({
      fields: { a: 'b' },
      files: {
        small: [['small', 's', 'text/plain', 1000, 's'.repeat(20)]],
        large: [['large', 'l', 'text/plain', 200_000, 'é'.repeat(20)]],
      },
    })
    expect([readdirSync(folder), openFiles()]).toEqual([[], []])
  })

  it('has no name in the folder while it is there, so that a killed process leaves nothing', async () => {
    const seen: unknown[] = []
    const watching = new Application([
      post('/', async (request) => {
        const { files, close } = await request.form({
          limits: { total: 2 ** 24 },
          store: spoolToDisk({ folder, memory: 0 }),
        })
        seen.push(readdirSync(folder), openFiles().length, first(files.large)?.size)
        await close()
        await close()
        seen.push(openFiles().length)
        return ''
      }),
    ])
    await call(validate(watching), '/', { method: 'POST', body, headers: { 'content-type': TYPE } })
    expect(seen).toEqual([[], 2, 200_000, 0])
  })

  it.each<[string, (whole: Uint8Array) => Partial<CallOptions>, number]>([
    [
      'cut short',
      (whole) => ({ body: later(cut(whole.slice(0, -50), [4096])), headers: { 'content-type': TYPE } }),
      400,
    ],
    [
      'beyond a limit',
      () => ({
        body: form(part('name="a"; filename="b"', 'x'.repeat(5000)), part('name="c"', 'x'.repeat(2 ** 20 + 1))),
        headers: { 'content-type': TYPE },
      }),
      413,
    ],
  ])('leaves nothing when the body is %s', async (_, changes, status) => {
    const response = await call(validate(application), '/large', { method: 'POST', ...changes(body) })
    expect([response.status, readdirSync(folder), openFiles()]).toEqual([status, [], []])
  })

  it('leaves nothing when a later part fails, on a server without tsgi.after_response too', async () => {
    const environ = environFor('/', { method: 'POST', body: body.slice(0, -9), headers: { 'content-type': TYPE } })
    const request = new Request(environ, {}, 2 ** 24)
    await expect(request.form({ store: spoolToDisk({ folder }) })).rejects.toMatchObject({ status: 400 })
    expect(openFiles()).toEqual([])
  })

  it('leaves nothing when the client goes in the middle (CVE-2025-47935)', async () => {
    const gone = Object.assign(new Error('the client has gone'), { 'tsgi.status': 400 })
    async function* leaving() {
      yield* cut(body.slice(0, 100_000), [4096])
      throw gone
    }
    const response = await send('/large', leaving(), TYPE)
    expect([response.status, readdirSync(folder), openFiles()]).toEqual([400, [], []])
  })

  it('that cannot be written is an error of ours, and leaves nothing', async () => {
    const failing = new Application([
      post('/', async (request) =>
        json(
          await shown(
            await request.form({
              limits: { total: 2 ** 24 },
              store: spoolToDisk({ folder: join(folder, 'none'), memory: 10 }),
            }),
          ),
        ),
      ),
    ])
    const response = await call(validate(failing), '/', { method: 'POST', body, headers: { 'content-type': TYPE } })
    expect([response.status, response.errors]).toEqual([500, expect.stringContaining('ENOENT')])
  })
})

describe('saveTo', () => {
  const content = () => later([new Uint8Array([1, 2]), new Uint8Array([3])])
  const target = (name: string) => join(folder, name)

  it('puts a whole file into its place, and nothing beside it', async () => {
    expect(await saveTo(target('a'), content())).toBe(3)
    expect([...readFileSync(target('a'))]).toEqual([1, 2, 3])
    expect(readdirSync(folder)).toEqual(['a'])
    rmSync(target('a'))
  })

  it('does not replace what is there, unless it is to', async () => {
    writeFileSync(target('b'), 'old')
    await expect(saveTo(target('b'), content())).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(target('b'), 'utf8')).toBe('old')
    await saveTo(target('b'), content(), { overwrite: true })
    expect([...readFileSync(target('b'))]).toEqual([1, 2, 3])
    expect(readdirSync(folder)).toEqual(['b'])
    rmSync(target('b'))
  })

  it('leaves nothing when the content fails', async () => {
    async function* failing() {
      yield new Uint8Array(10)
      throw new Error('cut')
    }
    await expect(saveTo(target('c'), failing())).rejects.toThrow('cut')
    expect(readdirSync(folder)).toEqual([])
  })
})

it('a form of fetch and of a browser is the same to us', async () => {
  const data = new FormData()
  data.append('name', 'Ada')
  data.append('photo', new File(['png'], 'a"b.png', { type: 'image/png' }))
  const sent = new Response(data)
  const environ: Environ = environFor('/form', {
    method: 'POST',
    body: await sent.bytes(),
    headers: { 'content-type': sent.headers.get('content-type') ?? '' },
  })
  const response = await call(validate(application), environ)
  expect(response.json()).toEqual({
    fields: { name: 'Ada' },
    files: { photo: [['photo', 'a"b.png', 'image/png', 3, 'png']] },
  })
})
