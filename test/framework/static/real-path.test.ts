import { closeSync, fstatSync, openSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  isInside,
  realPathByInode,
  realPathByProc,
  realPathOf,
} from '../../../packages/framework/src/static/real-path.ts'
import { makeTree, removeTree } from './site-fixture.ts'

let base = ''
beforeAll(() => {
  base = makeTree({ 'root/a.txt': 'a', 'root/link': 'LINK a.txt', 'root/up': 'LINK ../other', 'other/b.txt': 'b' })
})
afterAll(() => removeTree(base))

describe('the real path of an open file', () => {
  it.each([
    ['root/a.txt', 'root/a.txt'],
    ['root/link', 'root/a.txt'],
    ['root/up/b.txt', 'other/b.txt'],
    ['root/up', 'other'],
  ])('of %s is %s, by the kernel and by the inode', async (name, real) => {
    const path = join(base, name)
    const fd = openSync(path, 'r')
    const stat = fstatSync(fd, { bigint: true })
    expect(await realPathOf(fd, path, stat)).toBe(join(base, real))
    expect(await realPathByInode(path, stat)).toBe(join(base, real))
    if (process.platform === 'linux') expect(realPathByProc(fd)).toBe(join(base, real))
    closeSync(fd)
  })

  it('is not known by the inode when the name is another file by now', async () => {
    const path = join(base, 'root/swapped')
    symlinkSync('../other/b.txt', path)
    const fd = openSync(path, 'r')
    const stat = fstatSync(fd, { bigint: true })
    unlinkSync(path)
    symlinkSync('a.txt', path)
    expect(await realPathByInode(path, stat)).toBeUndefined()
    expect(isInside(join(base, 'root'), (await realPathOf(fd, path, stat)) ?? '')).toBe(false)
    closeSync(fd)
    unlinkSync(path)
  })

  it.runIf(process.platform === 'linux')(
    'stays inside for a file that was replaced or removed after it was opened',
    () => {
      const path = join(base, 'root/gone')
      symlinkSync('nowhere', path)
      unlinkSync(path)
      const fd = openSync(path, 'w')
      unlinkSync(path)
      expect(isInside(join(base, 'root'), realPathByProc(fd) ?? '')).toBe(true)
      closeSync(fd)
      const moved = openSync(join(base, 'root/a.txt'), 'r')
      renameSync(join(base, 'root/a.txt'), join(base, 'other/a.txt'))
      expect(isInside(join(base, 'root'), realPathByProc(moved) ?? '')).toBe(false)
      renameSync(join(base, 'other/a.txt'), join(base, 'root/a.txt'))
      closeSync(moved)
    },
  )
})

describe('inside a folder', () => {
  it.each([
    ['/srv/static', '/srv/static', true],
    ['/srv/static', '/srv/static/a', true],
    ['/srv/static', '/srv/static-secret/a', false],
    ['/srv/static', '/srv/staticx', false],
    ['/srv/static', '/srv', false],
    ['/srv/static', '/', false],
    ['/srv/static', '', false],
    ['/', '/etc/passwd', true],
  ])('%s: %s %s', (folder, path, inside) => {
    expect(isInside(folder, path)).toBe(inside)
  })
})
