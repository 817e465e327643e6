/** The notes without a socket, both sides of the contract checked: pages and JSON over the same routes, and what is refused. */
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { agent, request } from '@tsgi/framework/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { links } from '../../examples/notes/links.ts'
import { sameOrigin } from '../../examples/notes/same-origin.ts'
import { makeSite } from '../../examples/notes/site.ts'
import { openStore, type Store } from '../../examples/notes/store/store.ts'

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

let folder: string
let store: Store
let application: Application

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notes-'))
  store = await openStore(folder)
  application = makeSite(store)
})

afterEach(async () => {
  store.close()
  await rm(folder, { recursive: true })
})

/** A browser: it takes pages, and keeps cookies. */
function browser() {
  const client = agent(application)
  return {
    get: (target: string) => client.get(target).header('Accept', HTML),
    post: (target: string) => client.post(target).header('Accept', HTML).header('Sec-Fetch-Site', 'same-origin'),
  }
}

/** A program. */
function api() {
  const client = request(application)
  return {
    get: (target: string) => client.get(target).header('Accept', 'application/json'),
    post: (target: string) => client.post(target).header('Accept', 'application/json'),
    put: (target: string) => client.put(target).header('Accept', 'application/json'),
    delete: (target: string) => client.delete(target).header('Accept', 'application/json'),
  }
}

function attachmentsIn(body: unknown): { url: string; name: string; size: number }[] {
  // Of our own site, which has checked it by its schema.
  return (body as { attachments: { url: string; name: string; size: number }[] }).attachments
}

describe('a person', () => {
  it('writes a note, is told so once, and finds it in the list', async () => {
    const me = browser()
    const created = await me.post('/notes').form({ title: ' Tea ', text: 'Green\r\nBlack' })
    expect([created.status, created.header('location')]).toEqual([303, '/notes/1'])
    const first = await me.get('/notes/1')
    expect(first.text).toContain('The note was created.')
    expect(first.header('cache-control')).toBe('no-store')
    expect((await me.get('/notes/1')).text).not.toContain('The note was created.')
    expect((await me.get('/notes')).text).toContain('<a href="/notes/1">Tea</a>')
    expect(store.notes.find(1)?.text).toBe('Green\nBlack')
  })

  it('is told beside the field what is wrong, and finds what was typed', async () => {
    const refused = await browser().post('/notes').form({ title: ' ', text: 'half <b>done' })
    expect(refused.status).toBe(422)
    expect(refused.header('content-type')).toBe('text/html; charset=utf-8')
    expect(refused.text).toContain('<span class="error" id="title-error">Give the note a title</span>')
    expect(refused.text).toContain('aria-invalid="true" aria-describedby="title-error"')
    expect(refused.text).toContain('half &lt;b&gt;done</textarea>')
    expect(store.notes.list('', 1).total).toBe(0)
  })

  it.each([
    ['a title that is too long', { title: 'x'.repeat(201), text: '' }, 'A title has at most 200 characters'],
    ['no title at all', { text: 'only text' }, 'Give the note a title'],
    ['a text that is too long', { title: 'x', text: 'x'.repeat(100_001) }, 'A note has at most 100000 characters'],
  ])('is refused %s', async (_, fields, message) => {
    const refused = await browser().post('/notes').form(fields)
    expect([refused.status, refused.text.includes(message)]).toEqual([422, true])
  })

  it('changes a note, and sees the form again if the change is wrong', async () => {
    const me = browser()
    store.notes.create({ title: 'Tea', text: '' })
    expect((await me.get('/notes/1/edit')).text).toContain('value="Tea"')
    const refused = await me.post('/notes/1').form({ title: '', text: 'kept' })
    expect([refused.status, refused.text.includes('kept')]).toEqual([422, true])
    const saved = await me.post('/notes/1').form({ title: 'Coffee', text: '' }).follow()
    expect(saved.text).toContain('The note was saved.')
    expect(saved.text).toContain('<h1>Coffee</h1>')
  })

  it('deletes a note with all that is attached to it', async () => {
    const me = browser()
    store.notes.create({ title: 'Tea', text: '' })
    await me.post('/notes/1/attachments').multipart({ files: new File(['leaf'], 'leaf.txt') })
    const gone = await me.post('/notes/1/delete').follow()
    expect(gone.text).toContain('The note was deleted.')
    expect((await me.get('/notes/1')).status).toBe(404)
    expect(await readdir(store.files.folder)).toEqual([])
  })

  it.each([
    ['every word, whatever the case', 'ÖFFNER tea', ['Tea & Öffner']],
    ['a part of a word', 'ffee', ['Coffee 100%']],
    ['% as itself', '100%', ['Coffee 100%']],
    ['text as well as titles', 'hidden', ['Tea & Öffner']],
    ['nothing', 'tea coffee', []],
  ])('finds %s', async (_, q, titles) => {
    store.notes.create({ title: 'Tea & Öffner', text: 'hidden' })
    store.notes.create({ title: 'Coffee 100%', text: '' })
    expect(store.notes.list(q, 1).notes.map(({ title }) => title)).toEqual(titles)
    const page = await browser().get(links.notes(q))
    expect(page.status).toBe(200)
    expect(page.text.match(/<li>/g) ?? []).toHaveLength(titles.length)
  })

  it('turns the pages of a long list', async () => {
    for (let i = 1; i <= 45; i++) store.notes.create({ title: `Note ${i}`, text: '' })
    const first = await browser().get('/notes?q=note')
    expect(first.text).toContain('href="/notes?q=note&amp;page=2"')
    const last = await browser().get('/notes?q=note&page=3')
    expect(last.text.match(/<li>/g)).toHaveLength(5)
    expect(last.text).not.toContain('rel="next"')
  })

  it.each([
    ['/nowhere', 404, 'Page not found'],
    ['/notes/77', 404, 'Page not found'],
    ['/notes/77/edit', 404, 'Page not found'],
    ['/static/nothing.css', 404, 'Page not found'],
    ['/notes?page=0', 400, 'The request is not valid'],
    ['/notes/seven', 404, 'Page not found'],
  ])('sees a page of ours for %s', async (target, status, text) => {
    const response = await browser().get(target)
    expect([response.status, response.header('content-type')]).toEqual([status, 'text/html; charset=utf-8'])
    expect(response.text).toContain(text)
  })

  it('learns nothing of an unexpected error but the id under which it is in the log', async () => {
    store.close()
    const response = await browser().get('/notes')
    expect(response.status).toBe(500)
    const id = response.header('x-request-id') ?? 'none'
    expect(response.text).toContain(`<code>${id}</code>`)
    expect(response.text).not.toMatch(/database|Error:/)
    expect(response.errors).toContain(`GET /notes failed (request ${id}): Error: database is not open`)
    store = await openStore(folder)
  })
})

describe('a program', () => {
  it('creates, reads, changes, lists and deletes over the same routes', async () => {
    const created = await api().post('/notes').json({ title: 'Tea', text: 'Green' })
    expect([created.status, created.header('location')]).toEqual([201, '/notes/1'])
    expect((await api().get('/notes/1')).json()).toEqual({
      id: 1,
      url: '/notes/1',
      title: 'Tea',
      text: 'Green',
      created: expect.any(String),
      changed: expect.any(String),
      attachments: [],
    })
    const changed = await api().put('/notes/1').json({ title: 'Coffee' })
    expect([changed.status, changed.json()]).toMatchObject([200, { title: 'Coffee', text: '' }])
    expect((await api().get('/notes?q=coff')).json()).toMatchObject({ total: 1, page: 1, notes: [{ title: 'Coffee' }] })
    expect((await api().delete('/notes/1')).status).toBe(204)
    expect((await api().get('/notes/1')).status).toBe(404)
  })

  it('gets a problem that names each field (RFC 9457)', async () => {
    const response = await api().post('/notes').json({ text: 5 })
    expect([response.status, response.header('content-type')]).toEqual([422, 'application/problem+json'])
    expect(response.json()).toEqual({
      status: 422,
      title: 'Unprocessable Content',
      detail: 'The body is not valid',
      errors: [
        { in: 'body', path: ['title'], message: 'Give the note a title' },
        { in: 'body', path: ['text'], message: 'Invalid input: expected string, received number' },
      ],
    })
  })

  it.each([
    ['GET', '/nowhere', 404],
    ['GET', '/notes/seven', 404],
    ['GET', '/notes?page=x', 400],
    ['DELETE', '/notes', 405],
    ['DELETE', '/notes/9', 404],
    ['PUT', '/notes/9', 415],
  ])('gets a problem for %s %s', async (method, target, status) => {
    const response = await request(application)
      .method(method, target)
      .header('Accept', 'application/json')
      .body('x', 'text/x')
    expect([response.status, response.header('content-type')]).toEqual([status, 'application/problem+json'])
    expect(response.json()).toMatchObject({ status })
  })

  it('need not say what it takes if it sends JSON', async () => {
    const response = await request(application).post('/notes').json({ title: 'Tea' })
    expect([response.status, response.header('content-type')]).toEqual([201, 'application/json'])
  })
})

describe('an attachment', () => {
  beforeEach(() => {
    store.notes.create({ title: 'Tea', text: '' })
  })

  const upload = (files: File | readonly File[]) => api().post('/notes/1/attachments').multipart({ files })

  it('comes back as it was sent, under the name it had, never as a page', async () => {
    const octets = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7)
    const sent = await upload(new File([octets], 'ä "tea".html', { type: 'text/html' }))
    expect(sent.status).toBe(201)
    const [attachment] = attachmentsIn(sent.json())
    expect(attachment).toMatchObject({ name: 'ä "tea".html', size: 300_000 })
    const got = await browser().get(attachment?.url ?? '')
    expect(Buffer.compare(got.bytes, octets)).toBe(0)
    expect(got.header('content-type')).toBe('application/octet-stream')
    expect(got.header('content-disposition')).toBe(
      `attachment; filename="_ _tea_.html"; filename*=UTF-8''%C3%A4%20%22tea%22.html`,
    )
  })

  it('is one of several, of which a person removes one', async () => {
    const me = browser()
    const files = [new File(['1'], 'one.txt'), new File(['22'], 'two.txt')]
    const page = await me.post('/notes/1/attachments').multipart({ files }).follow()
    expect(page.text).toContain('2 files were added.')
    const [one, two] = store.notes.attachments(1)
    const after = await me.post(links.deleteAttachment({ id: 1, attachment: one?.id ?? '' })).follow()
    expect(after.text).toContain('The attachment was removed.')
    expect(await readdir(store.files.folder)).toEqual([two?.id])
    expect((await me.post(links.deleteAttachment({ id: 1, attachment: one?.id ?? '' }))).status).toBe(404)
  })

  it('is asked for, beside the field, where none was chosen', async () => {
    const response = await browser()
      .post('/notes/1/attachments')
      .multipart({ files: new File([], '') })
    expect(response.status).toBe(422)
    expect(response.text).toContain('id="files-error">Choose at least one file')
    expect(response.text).toContain('aria-describedby="files-error"')
    const problem = await upload(new File([], ''))
    expect([problem.status, problem.json()]).toMatchObject([422, { detail: 'Choose at least one file' }])
  })

  it.each([
    ['a file beyond 20 MB', () => upload([new File(['kept?'], 'a'), new File([new Uint8Array(20_000_001)], 'b')]), 413],
    ['more than 10 files', () => upload(Array.from({ length: 11 }, (_, i) => new File(['x'], `${i}`))), 413],
    [
      'a body cut short',
      () => api().post('/notes/1/attachments').body('--x\r\n', 'multipart/form-data; boundary=x'),
      400,
    ],
    ['something else than a form', () => api().post('/notes/1/attachments').json({}), 415],
  ])('leaves nothing behind: %s', async (_, send, status) => {
    expect((await send()).status).toBe(status)
    expect(await readdir(store.files.folder)).toEqual([])
    expect(store.notes.attachments(1)).toEqual([])
  })

  it('leaves nothing behind for a note that is deleted while it comes', async () => {
    async function* body() {
      yield '--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf'
      store.notes.delete(1)
      yield ' and half\r\n--x--\r\n'
    }
    const response = await api().post('/notes/1/attachments').body(body(), 'multipart/form-data; boundary=x')
    expect(response.status).toBe(404)
    expect(await readdir(store.files.folder)).toEqual([])
  })

  it('is the note’s own: not to be had through another one', async () => {
    store.notes.create({ title: 'Other', text: '' })
    const [attachment] = attachmentsIn((await upload(new File(['leaf'], 'leaf.txt'))).json())
    const url = attachment?.url ?? ''
    expect((await api().get(url.replace('/1/', '/2/'))).status).toBe(404)
    expect((await api().delete(url)).status).toBe(204)
    expect((await api().get(url)).status).toBe(404)
  })

  it('that a killed worker left half or without its row is swept, when it can belong to nobody any more', async () => {
    await upload(new File(['leaf'], 'leaf.txt'))
    const [kept] = store.notes.attachments(1)
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000)
    for (const name of ['orphan', '.draft.part', 'young']) await writeFile(join(store.files.folder, name), '')
    for (const name of ['orphan', '.draft.part', kept?.id ?? '']) {
      await utimes(join(store.files.folder, name), yesterday, yesterday)
    }
    ;(await openStore(folder)).close()
    expect((await readdir(store.files.folder)).sort()).toEqual([kept?.id, 'young'].sort())
  })
})

describe('what stands around the site', () => {
  it.each<[string, number, Record<string, string>]>([
    ['our own page', 303, { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost' }],
    ['the user himself', 303, { 'Sec-Fetch-Site': 'none' }],
    ['another site', 403, { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' }],
    ['another host of our domain', 403, { 'Sec-Fetch-Site': 'same-site' }],
    ['an older browser on our page', 303, { Origin: 'https://localhost' }],
    ['an older browser elsewhere', 403, { Origin: 'http://evil.example' }],
    ['a frame without an origin', 403, { Origin: 'null' }],
    ['no browser at all', 303, {}],
  ])('answers a form from %s with %i', async (_, status, headers) => {
    const response = await call(validate(application), '/notes', {
      method: 'POST',
      headers: { ...headers, Host: 'localhost', Accept: HTML, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'title=Tea',
    })
    expect(response.status).toBe(status)
    expect(store.notes.list('', 1).total).toBe(status === 303 ? 1 : 0)
  })

  it('lets anybody read', async () => {
    const response = await call(validate(sameOrigin(makeSite(store))), '/notes', {
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    })
    expect(response.status).toBe(200)
  })

  it('answers 304 to who has the page, and codes it for who takes that', async () => {
    for (let i = 0; i < 20; i++) store.notes.create({ title: `Note ${i}`, text: 'x'.repeat(100) })
    const page = await browser().get('/notes').header('Accept-Encoding', 'gzip')
    expect([page.status, page.header('content-encoding')]).toEqual([200, 'gzip'])
    expect(page.header('vary')).toBe('Accept, Cookie, Accept-Encoding')
    const again = await browser()
      .get('/notes')
      .header('If-None-Match', page.header('etag') ?? '')
    expect(again.status).toBe(304)
  })

  it('logs each request with the id that is in the answer', async () => {
    const response = await browser().get('/notes')
    expect(response.errors).toContain('"GET /notes HTTP/1.1" 200')
    expect(response.header('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('lets no page be framed, scripted or guessed at', async () => {
    const page = await browser().get('/notes')
    expect(page.header('content-security-policy')).toContain("default-src 'none'")
    expect(page.header('x-content-type-options')).toBe('nosniff')
  })

  it('shows no message that somebody else has put into the cookie', async () => {
    const page = await browser().get('/notes').cookie('flash', 'Send money.xxxx')
    expect(page.text).not.toContain('Send money')
  })
})

describe('the parts', () => {
  it('answer any title, text and query without an unexpected error', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(text, text, text, async (title, body, q) => {
        const created = await browser().post('/notes').form({ title, text: body })
        expect([303, 422]).toContain(created.status)
        const query = new URLSearchParams({ q }).toString()
        expect((await browser().get(`/notes?${query}`)).status).toBe(200)
      }),
      { numRuns: 50 },
    )
  })

  it('need nothing of a server that the contract does not promise', async () => {
    const environ = environFor('/notes', { headers: { Accept: HTML } })
    for (const key of ['tsgi.after_response', 'tsgi.early_hints', 'tsgi.upgrade', 'wsgi.file_wrapper']) {
      Reflect.deleteProperty(environ, key)
    }
    const body = await application(environ, (status) => {
      expect(status).toBe('200 OK')
      return async () => {}
    })
    expect(body).toBeDefined()
  })
})
