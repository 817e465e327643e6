/** Headers of one's own stand in place of what a helper would say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, events, file, get, json, problem, redirect, stream, text, type ViewResult } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-headers-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'a.txt'), 'hello')

function ask(make: () => ViewResult) {
  return request(new Application([get('/', make)])).get('/')
}

async function valuesOf(make: () => ViewResult, name: string): Promise<readonly string[]> {
  const { headers } = await ask(make)
  return headers.filter((pair) => pair[0].toLowerCase() === name).map(([, value]) => value)
}

const own = (name: string, value: string) => [[name, value]] as const
const fileWith = (name: string, value: string) => () =>
  file('a.txt', { root: folder, download: true, headers: own(name, value) })
const once = async function* () {
  yield 'x'
}

describe('once, and as it was given', () => {
  it.each<[string, string, string, () => ViewResult]>([
    ['file', 'cache-control', 'public, max-age=3600', fileWith('Cache-Control', 'public, max-age=3600')],
    ['file', 'etag', '"mine"', fileWith('ETag', '"mine"')],
    [
      'file',
      'last-modified',
      'Thu, 01 Jan 1970 00:00:00 GMT',
      fileWith('last-modified', 'Thu, 01 Jan 1970 00:00:00 GMT'),
    ],
    ['file', 'content-disposition', 'inline', fileWith('Content-Disposition', 'inline')],
    ['file', 'content-type', 'text/x', fileWith('Content-Type', 'text/x')],
    ['file', 'x-content-type-options', 'x', fileWith('X-Content-Type-Options', 'x')],
    ['events', 'cache-control', 'no-store', () => events(once, { headers: own('Cache-Control', 'no-store') })],
    ['events', 'x-accel-buffering', 'yes', () => events(once, { headers: own('x-accel-buffering', 'yes') })],
    ['redirect', 'location', '/b', () => redirect('/a', 302, own('Location', '/b'))],
    ['json', 'content-type', 'a/b', () => json(1, 200, own('Content-Type', 'a/b'))],
    ['text', 'content-type', 'a/b', () => text('', 200, own('content-type', 'a/b'))],
    ['stream', 'content-type', 'a/b', () => stream(['x'], 200, own('content-type', 'a/b'))],
    ['problem', 'content-type', 'a/b', () => problem({ status: 400 }, own('Content-Type', 'a/b'))],
    ...[
      'Age',
      'Content-Disposition',
      'Content-Language',
      'Date',
      'ETag',
      'Expires',
      'Last-Modified',
      'Location',
      'Retry-After',
      'Server',
    ]
      .filter((name) => name !== 'Content-Language')
      .map((name): [string, string, string, () => ViewResult] => [
        'withHeaders',
        name.toLowerCase(),
        'second',
        () => text('').withHeaders(own(name, 'first')).withHeaders(own(name.toUpperCase(), 'second')),
      ]),
  ])('%s: %s', async (_, name, value, make) => {
    expect(await valuesOf(make, name)).toEqual([value])
  })
})

it('lists go on: cookies, links and Vary', async () => {
  const cookies = () => text('').withHeaders(own('Set-Cookie', 'a=1')).withHeaders(own('Set-Cookie', 'b=2'))
  expect(await valuesOf(cookies, 'set-cookie')).toEqual(['a=1', 'b=2'])
  expect(await valuesOf(() => json(1).withHeaders(own('Vary', 'A')).withHeaders(own('Vary', 'B')), 'vary')).toEqual([
    'A',
    'B',
  ])
})

describe('a file with an ETag of one’s own', () => {
  const application = new Application([get('/', fileWith('ETag', '"mine"'))])
  it('answers conditions by it', async () => {
    const known = await request(application).get('/').header('If-None-Match', '"mine"')
    expect([known.status, known.header('ETag'), known.text]).toEqual([304, '"mine"', ''])
    expect((await request(application).get('/').header('If-None-Match', '"other"')).status).toBe(200)
    const part = await request(application).get('/').header('Range', 'bytes=1-2').header('If-Range', '"mine"')
    expect([part.status, part.text, part.headers.filter(([name]) => name === 'ETag')]).toEqual([
      206,
      'el',
      [['ETag', '"mine"']],
    ])
  })

  it('says nothing of the file where it is not sent', async () => {
    const failed = await request(application).get('/').header('If-Match', '"other"')
    expect([failed.status, failed.header('ETag')]).toEqual([412, undefined])
    const wrong = await request(application).get('/').header('Range', 'bytes=9-')
    expect([wrong.status, wrong.header('ETag')]).toEqual([416, undefined])
  })
})
