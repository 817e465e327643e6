import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environ, HeaderList } from '@tsgi/contract'
import type { StaticOptions } from '@tsgi/framework'
import { staticFiles } from '@tsgi/framework'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeTree, removeTree, staticEnviron } from './site-fixture.ts'

let base = ''
beforeEach(() => {
  base = makeTree({
    'a.txt': 'first',
    'sub/index.html': 'index',
    'app.js': 'plain',
    'app.js.br': 'brotli',
    'old.js': 'plain',
    'old.js.br': 'stale',
  })
  utimesSync(join(base, 'old.js.br'), 1000, 1000)
  // Files are kept only when they have not been changed for some seconds.
  const now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000)
})
afterEach(() => {
  vi.restoreAllMocks()
  removeTree(base)
})

interface Seen {
  readonly atOnce: boolean
  readonly text: string
  readonly status: string
  readonly headers: HeaderList
}

/** An application that is asked without a server, so that a promise is seen. */
function asking(options: StaticOptions = {}): (target: string, other?: Partial<Environ>) => Promise<Seen> {
  const application = staticFiles(base, options)
  return async (target, other = {}) => {
    const heads: [string, HeaderList][] = []
    const answer = application({ ...staticEnviron(target), ...other } as Environ, (status, headers) => {
      heads.push([status, headers])
      return () => Promise.resolve()
    })
    const body = await answer
    const text = typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString()
    const [status = '', headers = []] = heads[0] ?? []
    return { atOnce: !(answer instanceof Promise), text, status, headers }
  }
}

// Elsewhere a stat may mean asking the network.
describe.skipIf(process.platform !== 'linux')('a file that is in memory', () => {
  it('is answered at once, with one list of headers that nobody can change', async () => {
    const ask = asking()
    const first = await ask('/static/a.txt')
    const [second, third] = [await ask('/static/a.txt'), await ask('/static/a.txt')]
    expect([first.atOnce, second.atOnce, third.atOnce]).toEqual([false, true, true])
    expect([second.text, second.headers]).toEqual(['first', first.headers])
    expect(third.headers).toBe(second.headers)
    expect([second.headers, ...second.headers].every(Object.isFrozen)).toBe(true)
  })

  it('is answered at once as the index of its folder', async () => {
    const ask = asking()
    await ask('/static/sub/')
    expect(await ask('/static/sub/')).toMatchObject({ atOnce: true, text: 'index', status: '200 OK' })
  })

  it('is looked at again for each request: what has changed is read anew', async () => {
    const ask = asking()
    await ask('/static/a.txt')
    writeFileSync(join(base, 'a.txt'), 'second!')
    expect(await ask('/static/a.txt')).toMatchObject({ text: 'second!' })
    expect((await ask('/static/a.txt')).headers).toContainEqual(['Content-Length', '7'])
  })

  it('is compared and cut as any other', async () => {
    const ask = asking()
    const { headers } = await ask('/static/a.txt')
    const etag = headers.find(([name]) => name === 'ETag')?.[1] ?? ''
    const unchanged = await ask('/static/a.txt', { HTTP_IF_NONE_MATCH: etag })
    expect([unchanged.atOnce, unchanged.status, unchanged.text]).toEqual([true, '304 Not Modified', ''])
    const part = await ask('/static/a.txt', { HTTP_RANGE: 'bytes=1-2' })
    expect([part.atOnce, part.status, part.text]).toEqual([true, '206 Partial Content', 'ir'])
    expect(await ask('/static/a.txt', { REQUEST_METHOD: 'HEAD' })).toMatchObject({ atOnce: true, text: '' })
  })

  it('in a coding is that coding for its file, and itself under its own name', async () => {
    const ask = asking({ precompressed: true })
    const accepting = { HTTP_ACCEPT_ENCODING: 'br' }
    for (const atOnce of [false, true]) {
      const coded = await ask('/static/app.js', accepting)
      expect([coded.text, coded.atOnce]).toEqual(['brotli', atOnce])
      expect(coded.headers).toContainEqual(['Content-Encoding', 'br'])
      const itself = await ask('/static/app.js.br', accepting)
      expect(itself.text).toBe('brotli')
      expect(itself.headers.map(([name]) => name)).not.toContain('Content-Encoding')
      expect((await ask('/static/app.js')).text).toBe('plain')
    }
  })

  it('older than its original is not sent for it', async () => {
    const ask = asking({ precompressed: true })
    await ask('/static/old.js.br')
    for (let i = 0; i < 3; i++) expect((await ask('/static/old.js', { HTTP_ACCEPT_ENCODING: 'br' })).text).toBe('plain')
  })

  it('is answered at once also where its original is too large for the memory', async () => {
    writeFileSync(join(base, 'large.js'), 'x'.repeat(100_000))
    writeFileSync(join(base, 'large.js.br'), 'small')
    const ask = asking({ precompressed: true })
    const coded = { HTTP_ACCEPT_ENCODING: 'br' }
    expect(await ask('/static/large.js', coded)).toMatchObject({ text: 'small', atOnce: false })
    expect(await ask('/static/large.js', coded)).toMatchObject({ text: 'small', atOnce: true })
    expect((await ask('/static/large.js')).text).toHaveLength(100_000)
    writeFileSync(join(base, 'large.js'), 'y'.repeat(100_001))
    utimesSync(join(base, 'large.js.br'), 1000, 1000)
    expect((await ask('/static/large.js', coded)).text).toHaveLength(100_001)
  })
})
