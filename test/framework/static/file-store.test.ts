import { linkSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bodyOf, discard, FileStore, type StoredFile } from '../../../packages/framework/src/static/file-store.ts'
import type { RootFolder } from '../../../packages/framework/src/static/root-folder.ts'
import { makeTree, removeTree } from './site-fixture.ts'

let base = ''
beforeEach(() => {
  base = makeTree({
    'root/a.txt': 'first',
    'root/empty': '',
    'root/big': 'x'.repeat(64 * 1024 + 1),
    'outside/secret.txt': 'other',
  })
  // Files are kept only when they have not been changed for some seconds.
  const now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000)
})
afterEach(() => {
  vi.restoreAllMocks()
  removeTree(base)
})

const WHOLE = { start: 0, length: 1024 }

async function textOf(file: StoredFile | 'folder' | undefined): Promise<string> {
  if (file === undefined || file === 'folder') return String(file)
  const body = bodyOf(file, { ...WHOLE, length: Number(file.stat.size) })
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  const chunks: Uint8Array[] = []
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    for await (const chunk of body) chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks).toString()
}

describe.each([true, false])('a store, on a disk that is local: %s', (isLocal) => {
  const root = (): RootFolder => ({ path: join(base, 'root'), isLocal })
  const open = (store: FileStore, ...names: string[]) =>
    store.open(root(), names, (line) => {
      expect(line).toContain('is a link out of its folder')
    })

  it('reads a small file once, and then asks only whether it has changed', async () => {
    const store = new FileStore(1024 * 1024)
    const first = await open(store, 'a.txt')
    expect(await textOf(first)).toBe('first')
    expect(await open(store, 'a.txt')).toBe(first)
    expect(await textOf(first)).toBe('first')
  })

  it.each<[string, (path: string) => void]>([
    ['written again', (path) => writeFileSync(path, 'second!')],
    [
      'replaced by rename',
      (path) => {
        writeFileSync(`${path}.new`, 'other')
        renameSync(`${path}.new`, path)
      },
    ],
    [
      'a link to another file now',
      (path) => {
        writeFileSync(`${path}.new`, 'third')
        unlinkSync(path)
        symlinkSync('a.txt.new', path)
      },
    ],
    ['the same but for its time', (path) => utimesSync(path, 1, 1)],
    ['the same but for its number of links (ctime)', (path) => linkSync(path, `${path}.link`)],
  ])('reads a file again that is %s', async (_, change) => {
    const store = new FileStore(1024 * 1024)
    const first = await open(store, 'a.txt')
    change(join(base, 'root/a.txt'))
    const second = await open(store, 'a.txt')
    expect(second).not.toBe(first)
    const fresh = await open(new FileStore(0), 'a.txt')
    expect(await textOf(second)).toBe(await textOf(fresh))
  })

  it('forgets a file that is gone, or leads outside now', async () => {
    const store = new FileStore(1024 * 1024)
    await open(store, 'a.txt')
    unlinkSync(join(base, 'root/a.txt'))
    expect(await open(store, 'a.txt')).toBeUndefined()
    symlinkSync('../outside/secret.txt', join(base, 'root/a.txt'))
    expect(await open(store, 'a.txt')).toBeUndefined()
  })

  it('opens a large file again each time, and looks again where it is when it is another', async () => {
    const store = new FileStore(1024 * 1024)
    for (let i = 0; i < 3; i++) expect((await textOf(await open(store, 'big'))).length).toBe(64 * 1024 + 1)
    unlinkSync(join(base, 'root/big'))
    expect(await open(store, 'big')).toBeUndefined()
    expect(await open(store, 'big')).toBeUndefined()
    symlinkSync('../outside/secret.txt', join(base, 'root/big'))
    expect(await open(store, 'big')).toBeUndefined()
  })

  it('does not follow a link that takes the place of a large file, to one as large outside', async () => {
    const store = new FileStore(1024 * 1024)
    await textOf(await open(store, 'big'))
    writeFileSync(join(base, 'outside/big'), 'x'.repeat(64 * 1024 + 1))
    unlinkSync(join(base, 'root/big'))
    symlinkSync('../outside/big', join(base, 'root/big'))
    expect(await open(store, 'big')).toBeUndefined()
  })

  it('does not keep what was changed a moment ago: the next change might not show in its times', async () => {
    vi.restoreAllMocks()
    const store = new FileStore(1024 * 1024)
    const first = await open(store, 'a.txt')
    expect(first).toHaveProperty('fd')
    expect(await textOf(first)).toBe('first')
  })

  it('does not keep large files, and none without memory', async () => {
    const store = new FileStore(1024 * 1024)
    const big = await open(store, 'big')
    expect(big).toHaveProperty('fd')
    expect((await textOf(big)).length).toBe(64 * 1024 + 1)
    const none = new FileStore(0)
    const first = await open(none, 'a.txt')
    expect(await open(none, 'a.txt')).not.toBe(first)
    expect(await textOf(await open(store, 'empty'))).toBe('')
  })

  it('says of a folder only that it is one', async () => {
    expect(await new FileStore(0).open({ path: base, isLocal }, ['root'], () => {})).toBe('folder')
  })

  it('gives spans of what it keeps', async () => {
    const file = await open(new FileStore(1024 * 1024), 'a.txt')
    if (file === undefined || file === 'folder') throw new Error('no file')
    expect(Buffer.from(bodyOf(file, { start: 1, length: 3 }) as Uint8Array).toString()).toBe('irs') // kept, so octets
    await discard(file)
  })
})
