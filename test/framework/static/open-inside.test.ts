import { closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openInside } from '../../../packages/framework/src/static/open-inside.ts'
import { makeFifo, makeTree, removeTree } from './site-fixture.ts'

let base = ''
beforeAll(() => {
  base = makeTree({
    'root/a.txt': 'inside',
    'root/docs/b.txt': 'inside too',
    'root/link-in': 'LINK docs/b.txt',
    'root/link-over': 'LINK ../root/a.txt',
    'root/link-absolute': 'LINK /etc/passwd',
    'root/link-out': 'LINK ../outside/secret.txt',
    'root/link-missing': 'LINK ../outside/missing.txt',
    'root/dir-out': 'LINK ../outside',
    'root/dir-sibling': 'LINK ../root-secret',
    'root/dir-parent': 'LINK ..',
    'root/loop': 'LINK loop',
    'outside/secret.txt': 'secret',
    'root-secret/secret.txt': 'secret',
  })
  makeFifo(join(base, 'root/fifo'))
})
afterAll(() => removeTree(base))

const open = (...names: string[]) => openInside({ path: join(base, 'root') }, names, reportLink)

/** Of a link that leads out there is a line, and of nothing else. */
function reportLink(line: string): void {
  expect(line).toMatch(/^static: ".*" is a link out of its folder, to ".*"; it is not sent/)
}

describe('opening below a root', () => {
  it.each([
    [['a.txt'], 'inside'],
    [['docs', 'b.txt'], 'inside too'],
    [['link-in'], 'inside too'],
    [['link-over'], 'inside'],
  ])('gives the regular file at %j', async (names, text) => {
    const entry = await open(...names)
    expect(entry?.kind).toBe('file')
    expect(readFileSync(entry?.fd ?? -1, 'utf8')).toBe(text)
    expect(entry?.stat.size).toBe(BigInt(text.length))
    closeSync(entry?.fd ?? -1)
  })

  it('gives a folder as one', async () => {
    const entry = await open('docs')
    expect(entry?.kind).toBe('folder')
    closeSync(entry?.fd ?? -1)
  })

  it.each([
    ['a link out of the root (S-07)', ['link-out']],
    ['an absolute link', ['link-absolute']],
    ['a link to nothing outside (S-03)', ['link-missing']],
    ['a file below a linked folder', ['dir-out', 'secret.txt']],
    ['nothing below a linked folder', ['dir-out', 'missing.txt']],
    ['a linked folder itself', ['dir-out']],
    ['a sibling that begins alike (S-01)', ['dir-sibling', 'secret.txt']],
    ['the parent', ['dir-parent']],
    ['a step up', ['..', 'outside', 'secret.txt']],
    ['a link to itself: ELOOP (S-05)', ['loop']],
    ['below a file: ENOTDIR', ['a.txt', 'x']],
    ['a name too long: ENAMETOOLONG', ['x'.repeat(300)]],
    ['a path too long: ENAMETOOLONG', Array.from({ length: 3000 }, () => 'xy')],
    ['nothing: ENOENT', ['missing.txt']],
  ])('gives nothing for %s', async (_, names) => {
    expect(await open(...names)).toBeUndefined()
  })

  it('gives nothing for FIFOs, and waits for none, however many (S-08)', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => open('fifo')))
    expect(opened).toEqual(opened.map(() => undefined))
    const entry = await open('a.txt')
    expect(entry?.kind).toBe('file')
    closeSync(entry?.fd ?? -1)
  })

  it('gives nothing for devices', async () => {
    expect(await openInside({ path: '/dev' }, ['null'], () => {})).toBeUndefined()
  })
})
