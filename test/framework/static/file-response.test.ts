import { join } from 'node:path'
import { validate } from '@tsgi/contract'
import { type CallOptions, call } from '@tsgi/contract/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FileOptions, fileResponse } from '../../../packages/framework/src/static/file-response.ts'
import { makeTree, removeTree } from './site-fixture.ts'

let base = ''
beforeAll(() => {
  base = makeTree({
    'uploads/report.pdf': 'a report',
    'uploads/sub/a.txt': 'below',
    'uploads/.draft': 'hidden',
    'uploads/link-out': 'LINK ../secret.txt',
    'uploads/link-in': 'LINK report.pdf',
    linked: 'LINK uploads',
    'secret.txt': 'SECRET',
  })
})
afterAll(() => removeTree(base))

async function ask(path: string, options?: FileOptions, request?: CallOptions) {
  const validated = validate(fileResponse(path, options))
  const response = await call(validated, '/download', request)
  validated.verify()
  return response
}

describe('one file as an answer', () => {
  it('is shown under its own type', async () => {
    const response = await ask(join(base, 'uploads/report.pdf'))
    expect([response.status, response.text]).toEqual([200, 'a report'])
    expect(response.header('Content-Type')).toBe('application/pdf')
    expect(response.header('Content-Disposition')).toBeUndefined()
  })

  it.each<[FileOptions['download'], string]>([
    [true, 'attachment; filename="report.pdf"'],
    [
      'Bericht für alle.pdf',
      `attachment; filename="Bericht f_r alle.pdf"; filename*=UTF-8''Bericht%20f%C3%BCr%20alle.pdf`,
    ],
  ])('is offered for saving with download: %s (RFC 6266)', async (download, disposition) => {
    const response = await ask(join(base, 'uploads/report.pdf'), { download })
    expect(response.header('Content-Disposition')).toBe(disposition)
  })

  it('knows conditions and ranges as static files do', async () => {
    const path = join(base, 'uploads/report.pdf')
    const etag = (await ask(path)).header('ETag') ?? ''
    expect((await ask(path, {}, { headers: { 'If-None-Match': etag } })).status).toBe(304)
    expect((await ask(path, {}, { headers: { Range: 'bytes=2-' } })).text).toBe('report')
    expect((await ask(path, {}, { method: 'HEAD' })).header('Content-Length')).toBe('8')
  })

  it('is sent whole in answer to a POST: conditions and ranges are about retrieval', async () => {
    const headers = { 'If-None-Match': '*', Range: 'bytes=0-0' }
    const response = await ask(join(base, 'uploads/report.pdf'), {}, { method: 'POST', headers })
    expect([response.status, response.text]).toEqual([200, 'a report'])
  })

  it('may be wherever the developer says, also through a link', async () => {
    expect((await ask(join(base, 'uploads/link-out'))).text).toBe('SECRET')
    expect((await ask(join(base, 'linked/report.pdf'))).text).toBe('a report')
  })

  it('takes how long it may be kept, its types and its charset', async () => {
    const response = await ask(join(base, 'uploads/sub/a.txt'), { maxAge: 60, charset: 'gbk' })
    expect(response.header('Cache-Control')).toBe('public, max-age=60')
    expect(response.header('Content-Type')).toBe('text/plain; charset=gbk')
    expect(() => fileResponse('a.txt', { maxAge: -1 })).toThrow('static: maxAge is -1')
    const misspelt: object = { downlaod: true }
    expect(() => fileResponse('a.txt', misspelt)).toThrow('file: unknown option "downlaod"; there are download, root')
  })
})

describe('one file out of a folder, by a name from outside', () => {
  it.each(['report.pdf', 'link-in', 'sub/a.txt'])('%s', async (name) => {
    expect((await ask(name, { root: join(base, 'uploads') })).status).toBe(200)
    expect((await ask(name, { root: join(base, 'linked') })).status).toBe(200)
  })

  it.each([
    ...[
      '../secret.txt',
      'sub/../../secret.txt',
      '..',
      '.',
      '',
      '/etc/passwd',
      'sub//a.txt',
      'sub\\a.txt',
      'a\0',
      'sub',
      'sub/',
    ],
    ...['link-out', 'missing', './report.pdf', '.draft'],
  ])('%j is 404, like one that is missing', async (name) => {
    const [refused, missing] = [
      await ask(name, { root: join(base, 'uploads') }),
      await ask('missing', { root: join(base, 'uploads') }),
    ]
    expect([refused.status, refused.headers, refused.text]).toEqual([404, missing.headers, missing.text])
  })

  it('is an error of the developer when the folder is not there', async () => {
    const response = await ask('a.txt', { root: join(base, 'nowhere') })
    expect([response.status, response.failure]).toEqual([
      500,
      expect.objectContaining({ message: expect.stringContaining('nowhere') }),
    ])
  })
})
