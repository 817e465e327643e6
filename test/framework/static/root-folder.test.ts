import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRoots, requireFile } from '../../../packages/framework/src/static/root-folder.ts'
import { makeTree, removeTree } from './site-fixture.ts'

let base = ''
beforeAll(() => {
  base = makeTree({ 'static/a.txt': 'a', link: 'LINK static', file: 'x' })
})
afterAll(() => removeTree(base))

describe('the folders of static files', () => {
  it('are resolved once, and keep their order', () => {
    const roots = openRoots([join(base, 'link'), base])
    expect(roots.map(({ path }) => path)).toEqual([join(base, 'static'), base])
  })

  it.each([
    [
      'a folder that is not there',
      'missing',
      /^static: no folder at ".*missing" \(ENOENT\); create it, or correct the path/,
    ],
    ['a path below a file', 'file/x', /^static: no folder at ".*file\/x" \(ENOTDIR\); create it/],
    ['a file', 'file', /^static: ".*file" is not a folder; create it/],
  ])('refuse %s in one line', (_, name, message) => {
    expect(() => openRoots(join(base, name))).toThrow(message)
    expect(() => openRoots([base, join(base, name)])).toThrow(message)
  })

  it('have the file that an option names, one of them at least', () => {
    const roots = openRoots([join(base, 'link'), base])
    expect(() => requireFile(roots, 'fallback', ['file'])).not.toThrow()
    expect(() => requireFile(roots, 'fallback', ['static', 'a.txt'])).not.toThrow()
    for (const names of [['missing.html'], ['static'], ['file', 'x']]) {
      expect(() => requireFile(roots, 'fallback', names)).toThrow(/^static: fallback: no file at ".*"; create it/)
    }
  })

  it('refuse to be none', () => {
    expect(() => openRoots([])).toThrow('static: no folder given; name the folder with the files')
  })
})
