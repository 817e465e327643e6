/** Compiled modules are run: they are kept only where nobody else can put any. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compileCacheFolder } from '../../../packages/server/bin/compile-cache.js'

const user = process.geteuid?.() ?? 0
let home = ''
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'tsgi-cache-')))
})
afterEach(() => rmSync(home, { recursive: true }))

const folderOf = (env: NodeJS.ProcessEnv, who: number | undefined = user) => compileCacheFolder(env, who)

describe('the folder for compiled modules', () => {
  it('is made for its user alone, in XDG_CACHE_HOME or ~/.cache', () => {
    const given = join(home, 'caches')
    expect(folderOf({ HOME: home })).toBe(join(home, '.cache/tsgi'))
    expect(folderOf({ HOME: home, XDG_CACHE_HOME: given })).toBe(join(given, 'tsgi'))
    expect(statSync(join(given, 'tsgi')).mode & 0o777).toBe(0o700)
    expect(folderOf({ HOME: home, XDG_CACHE_HOME: given })).toBe(join(given, 'tsgi'))
  })

  it.each([0o770, 0o707, 0o755])('is not used when others may enter it: mode %o', (mode) => {
    mkdirSync(join(home, 'tsgi'))
    chmodSync(join(home, 'tsgi'), mode)
    expect(folderOf({ XDG_CACHE_HOME: home })).toBeUndefined()
  })

  it.each([
    ['everybody', 0o777],
    ['its group', 0o770],
  ])('is not used when %s could put another in its place', (_who, mode) => {
    const caches = join(home, 'open')
    mkdirSync(caches)
    chmodSync(caches, mode)
    expect(folderOf({ XDG_CACHE_HOME: join(caches, 'deep') })).toBeUndefined()
    chmodSync(caches, 0o1777)
    expect(folderOf({ XDG_CACHE_HOME: join(caches, 'deep') })).toBe(join(caches, 'deep/tsgi'))
  })

  it("is not used when it is another user's", () => {
    expect(folderOf({ XDG_CACHE_HOME: home }, user + 1)).toBeUndefined()
  })

  it('is not used when it is a symbolic link', () => {
    mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(home, 'elsewhere'), join(home, 'tsgi'))
    expect(folderOf({ XDG_CACHE_HOME: home })).toBeUndefined()
  })

  it('is none where none can be made, without a word', () => {
    writeFileSync(join(home, 'file'), '')
    expect(folderOf({ HOME: join(home, 'file') })).toBeUndefined()
    expect(folderOf({ XDG_CACHE_HOME: 'relative' })).toBeUndefined()
    expect(folderOf({ XDG_CACHE_HOME: join(home, 'not', 'there') })).toBeUndefined()
    expect(folderOf({ XDG_CACHE_HOME: '/proc' })).toBeUndefined()
    expect(compileCacheFolder({ HOME: home }, undefined)).toBeUndefined()
  })
})

it('names nothing of node:module that a runtime may lack, so that the file loads on Deno', () => {
  const text = readFileSync(new URL('../../../packages/server/bin/compile-cache.js', import.meta.url), 'utf8')
  expect(text).not.toMatch(/import \{[^}]*\} from 'node:module'/)
})
