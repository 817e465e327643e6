/** Choices of a site: links that lead out, extensions left out, pages for paths with dots, methods beside others. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, cascade, get, json, post, staticFiles } from '@tsgi/framework'
import { folder } from '@tsgi/framework/folder'
import { request } from '@tsgi/framework/testing'
import { afterAll, describe, expect, it } from 'vitest'

const base = mkdtempSync(join(tmpdir(), 'tsgi-choices-'))
afterAll(() => rmSync(base, { recursive: true }))
const root = join(base, 'site')
mkdirSync(join(root, 'docs'), { recursive: true })
mkdirSync(join(base, 'outside/sub'), { recursive: true })
const files = {
  'site/index.html': 'home',
  'site/about.html': 'about',
  'site/docs.html': 'docs page',
  'site/docs/index.html': 'docs folder',
  'site/page.txt': 'text',
  'site/code.ts': 'const a = 1',
  'outside/built.js': 'built()',
  'outside/secret.ts': 'secret',
  'outside/sub/deep.txt': 'deep',
}
for (const [name, text] of Object.entries(files)) writeFileSync(join(base, name), text)
symlinkSync(join(base, 'outside/built.js'), join(root, 'built.js'))
symlinkSync(join(base, 'outside/secret.ts'), join(root, 'harmless.html'))
symlinkSync(join(base, 'outside/sub'), join(root, 'linked'))

describe('a link out of the folder', () => {
  it.each(['/built.js', '/linked/deep.txt'])('%s is 404, and the log says why', async (path) => {
    const response = await request(staticFiles(root)).get(path)
    expect(response.status).toBe(404)
    expect(response.errors).toMatch(
      /^static: ".*" is a link out of its folder, to ".*outside.*"; it is not sent\. .*links/,
    )
    expect(response.text).not.toContain('outside')
  })

  it.each([
    ['/built.js', 'built()'],
    ['/linked/deep.txt', 'deep'],
    ['/page.txt', 'text'],
  ])('%s is sent where links may lead anywhere', async (path, text) => {
    const site = staticFiles(root, { links: 'anywhere' })
    for (let i = 0; i < 2; i++) expect((await request(site).get(path)).text).toBe(text)
  })

  it('is hidden by either of its paths', async () => {
    const seen: string[] = []
    const hidden = (path: string) => seen.push(path) > 0 && path.endsWith('.ts')
    const site = staticFiles(root, { links: 'anywhere', hidden })
    expect((await request(site).get('/harmless.html')).status).toBe(404)
    expect(seen).toEqual(['harmless.html', '../outside/secret.ts'])
    const run = folder(root, { links: 'anywhere', load: () => Promise.reject(new Error('not run')) })
    expect((await request(run).get('/harmless.html')).status).toBe(404)
  })

  it('is a choice of two', () => {
    const links = 'follow' as 'anywhere'
    expect(() => staticFiles(root, { links })).toThrow('static: links is "follow"; it must be "inside" or "anywhere"')
  })
})

describe('extensions', () => {
  const site = staticFiles(root, { extensions: ['html', 'txt'] })
  it.each([
    ['/about', 200, 'about'],
    ['/about.html', 200, 'about'],
    ['/page', 200, 'text'],
    ['/docs', 200, 'docs page'],
    ['/docs/', 200, 'docs folder'],
    ['/about/', 404, undefined],
    ['/nothing', 404, undefined],
    ['/.html', 404, undefined],
  ])('%s is %i', async (path, status, text) => {
    const response = await request(site).get(path)
    expect(response.status).toBe(status)
    if (text !== undefined) expect(response.text).toBe(text)
  })

  it('are named without a dot', () => {
    for (const extensions of [['.html'], ['a/b'], ['']])
      expect(() => staticFiles(root, { extensions })).toThrow(/static: extensions is .* an extension without its dot/)
    expect(() => staticFiles(root, { extensions: 'html' as unknown as string[] })).toThrow('it must be a list')
  })
})

describe('fallbackDots', () => {
  const site = staticFiles(root, { fallback: 'index.html', fallbackDots: true })
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  it.each(['/sites/example.com', '/u/ada.lovelace', '/mail/a@b.c'])('%s is the page for a browser', async (path) => {
    expect((await request(site).get(path).header('Accept', browser)).text).toBe('home')
    for (const accept of ['*/*', 'image/avif,image/webp,*/*;q=0.8', 'application/json', 'text/html5'])
      expect((await request(site).get(path).header('Accept', accept)).status).toBe(404)
    const plain = staticFiles(root, { fallback: 'index.html' })
    expect((await request(plain).get(path).header('Accept', browser)).status).toBe(404)
  })
})

describe('a method that no file takes', () => {
  const api = new Application([get('/items', () => json([])), post('/items', () => json({}, 201))])
  it('is left to another application where there is no file', async () => {
    const both = cascade(staticFiles(root), api)
    expect((await request(both).post('/items')).status).toBe(201)
    expect((await request(both).put('/items')).header('Allow')).toBe('GET, HEAD, POST, OPTIONS')
    expect((await request(both).options('/items')).header('Allow')).toBe('GET, HEAD, POST, OPTIONS')
  })

  it.each(['/about.html', '/docs', '/docs/'])('is 405 for %s, which is there', async (path) => {
    const put = await request(staticFiles(root)).put(path)
    expect([put.status, put.header('Allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect((await request(staticFiles(root)).options(path)).status).toBe(204)
  })

  it('is 404 where there is nothing', async () => {
    for (const method of ['PUT', 'OPTIONS', 'POST'])
      expect((await request(staticFiles(root)).method(method, '/nothing')).status).toBe(404)
  })
})

it('a folder sends TypeScript as text, to be read in a browser', async () => {
  expect((await request(folder(root)).get('/code.ts')).header('Content-Type')).toBe('text/plain; charset=utf-8')
  const own = folder(root, { types: { ts: 'video/mp2t' } })
  expect((await request(own).get('/code.ts')).header('Content-Type')).toBe('video/mp2t')
})

describe('what is not there is', () => {
  const missing = (accept?: string) => {
    const asked = request(folder(root)).get('/nothing')
    return accept === undefined ? asked : asked.header('Accept', accept)
  }

  it.each([['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'], ['text/html']])(
    'a page for a browser: %s',
    async (accept) => {
      const response = await missing(accept)
      expect(response).toMatchObject({ status: 404, header: expect.any(Function) })
      expect(response.header('Content-Type')).toBe('text/html; charset=utf-8')
      expect(response.header('Vary')).toBe('Accept')
      expect(response.text).toMatch(/^<!doctype html>.*<h1>404 Not Found<\/h1>/s)
      expect(Number(response.header('Content-Length'))).toBe(Buffer.byteLength(response.text))
    },
  )

  it.each([[undefined], ['*/*'], ['application/json'], ['text/plain, text/html;q=0.5']])(
    'a line for others: %s',
    async (accept) => {
      expect(await missing(accept)).toMatchObject({ status: 404, text: 'Not Found\n' })
    },
  )
})
