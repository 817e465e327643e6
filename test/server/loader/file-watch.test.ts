/** Which kinds of change are seen, with the system's events and without them (docs/decisions/0130). */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileWatch } from '../../../packages/server/src/loader/file-watch.ts'

/** A folder with `r1` and `r2`, each with an `x.ts`, links to them, and a ConfigMap as Kubernetes makes it. */
function make() {
  const root = mkdtempSync(join(tmpdir(), 'tsgi-watch-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const at = (name: string) => join(root, name)
  const save = (name: string, text = String(Math.random())) => writeFileSync(at(name), text)
  for (const folder of ['lib', 'lib/deep', 'r1', 'r2', 'outside', '..1', '..2']) mkdirSync(at(folder))
  for (const file of ['lib/x.ts', 'lib/deep/x.ts', 'lib/é#?%20 x.ts', 'r1/x.ts', 'r2/x.ts', '..1/x.ts', '..2/x.ts'])
    save(file)
  save('outside/x.ts')
  symlinkSync('r1', at('current'))
  symlinkSync('r1/x.ts', at('link.ts'))
  symlinkSync('../outside', at('lib/out'))
  mkdirSync(at('map'))
  symlinkSync('../..1', at('map/..data'))
  symlinkSync('..data/x.ts', at('map/x.ts'))
  return { at, save }
}
type Made = ReturnType<typeof make>

const relink = ({ at }: Made, target: string, link: string) => {
  symlinkSync(target, at(`${link}.new`))
  renameSync(at(`${link}.new`), at(link))
}

/** What is done, and the file that the application was loaded from. */
const CHANGES: readonly (readonly [string, string, (made: Made) => void])[] = [
  ['saved in place', 'lib/x.ts', ({ save }) => save('lib/x.ts')],
  ['an odd name', 'lib/é#?%20 x.ts', ({ save }) => save('lib/é#?%20 x.ts')],
  [
    'another file in its place',
    'lib/x.ts',
    ({ at, save }) => {
      save('lib/x.ts.tmp')
      renameSync(at('lib/x.ts.tmp'), at('lib/x.ts'))
    },
  ],
  [
    'moved away and made again',
    'lib/x.ts',
    ({ at, save }) => {
      renameSync(at('lib/x.ts'), at('lib/x.ts~'))
      save('lib/x.ts')
    },
  ],
  ['deleted', 'lib/x.ts', ({ at }) => rmSync(at('lib/x.ts'))],
  ['appears', 'lib/new.ts', ({ save }) => save('lib/new.ts')],
  [
    'appears in a folder that was not there',
    'not/yet/new.ts',
    ({ at, save }) => {
      mkdirSync(at('not/yet'), { recursive: true })
      save('not/yet/new.ts')
    },
  ],
  [
    'its folder replaced by a rename',
    'lib/x.ts',
    ({ at }) => {
      renameSync(at('lib'), at('lib.old'))
      renameSync(at('r2'), at('lib'))
    },
  ],
  [
    'a folder above replaced by a rename',
    'lib/deep/x.ts',
    ({ at, save }) => {
      mkdirSync(at('lib.new/deep'), { recursive: true })
      save('lib.new/deep/x.ts')
      renameSync(at('lib'), at('lib.old'))
      renameSync(at('lib.new'), at('lib'))
    },
  ],
  [
    'its folder deleted and made again',
    'lib/x.ts',
    ({ at, save }) => {
      rmSync(at('lib'), { recursive: true })
      mkdirSync(at('lib'))
      save('lib/x.ts')
    },
  ],
  ['a link to its folder switched', 'current/x.ts', (made) => relink(made, 'r2', 'current')],
  ['the file behind a link to its folder saved', 'current/x.ts', ({ save }) => save('r1/x.ts')],
  ['a link to the file switched', 'link.ts', (made) => relink(made, 'r2/x.ts', 'link.ts')],
  ['the file behind a link saved', 'link.ts', ({ save }) => save('r1/x.ts')],
  ['a ConfigMap updated', 'map/x.ts', (made) => relink(made, '../..2', 'map/..data')],
  ['a file behind a link out of the folder', 'lib/out/x.ts', ({ save }) => save('outside/x.ts')],
]

/** The same again, in the place that is there now: what was moved away must not be watched in its stead. */
const AGAIN: Readonly<Record<string, string>> = {
  'its folder replaced by a rename': 'lib/x.ts',
  'a folder above replaced by a rename': 'lib/deep/x.ts',
  'its folder deleted and made again': 'lib/x.ts',
  'a link to its folder switched': 'r2/x.ts',
  'a link to the file switched': 'r2/x.ts',
  'a ConfigMap updated': '..2/x.ts',
}

function noInotify(): never {
  throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' })
}

describe.each([
  ['with events', undefined],
  ['without inotify', noInotify],
] as const)('%s', (_how, open) => {
  const watching = (begin: (watch: FileWatch) => void) => {
    const seen: string[] = []
    const warnings: string[] = []
    const warned = (line: string) => warnings.push(line)
    const watch = new FileWatch({ changed: (file) => seen.push(file), warned, ...(open !== undefined && { open }) })
    onTestFinished(() => watch.close())
    begin(watch)
    watch.start()
    return { seen, warnings }
  }

  it.concurrent.each(CHANGES)('a file: %s', async (what, file, change) => {
    const made = make()
    const { seen, warnings } = watching((watch) => watch.add(made.at(file)))
    change(made)
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1)
    const again = AGAIN[what]
    if (again !== undefined) {
      made.save(again)
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2)
    }
    expect(warnings).toHaveLength(open === undefined ? 0 : 1)
  })

  it.concurrent.each(CHANGES.filter(([, file]) => file.startsWith('lib/') || file.startsWith('current/')))(
    'a tree: %s',
    async (_what, file, change) => {
      const made = make()
      const folder = made.at(file.split('/')[0] ?? '')
      const { seen } = watching((watch) =>
        watch.addTree({ folder, isDeep: true, matches: (name) => name.endsWith('.ts') }),
      )
      change(made)
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1)
    },
  )

  it('sees what was saved while it was loaded, and says one thing for many files', async () => {
    const made = make()
    const { seen } = watching((watch) => {
      watch.add(made.at('lib/x.ts'))
      watch.add(made.at('r1/x.ts'))
      made.save('lib/x.ts')
      made.save('r1/x.ts')
    })
    await expect.poll(() => seen).toEqual(['x.ts'])
  })

  it('is left alone by other files, by folders that are not sources and by links in a circle', async () => {
    const made = make()
    symlinkSync('..', made.at('lib/deep/up'))
    mkdirSync(made.at('lib/node_modules'))
    const { seen } = watching((watch) => {
      watch.add(made.at('r1/x.ts'))
      watch.addTree({ folder: made.at('lib'), isDeep: true, matches: (name) => name.endsWith('.ts') })
    })
    for (const other of ['r1/other.ts', 'lib/x.txt', 'lib/node_modules/x.ts']) made.save(other)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(seen).toEqual([])
  })
})
