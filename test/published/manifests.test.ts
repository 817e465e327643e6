/** What a registry, a search and a package manager read of each packed package: manifest, files, README, licence. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { packPackages } from '../support/packed-packages.ts'

const REPOSITORY = 'https://github.com/tsgi/tsgi'
const packages = packPackages()

it('packs every package', () => {
  const folders = readdirSync(join(ROOT, 'packages')).map((name) => name.replace(/^(?!create-)/, '@tsgi/'))
  expect(packages.map(({ name }) => name).sort()).toEqual(folders.sort())
  expect(packages.length).toBeGreaterThan(5)
  expect(new Set(packages.map(({ version }) => version)).size).toBe(1)
})

describe.each(packages)('$name', ({ name, version, manifest, files }) => {
  const folder = `packages/${name.replace('@tsgi/', '')}`

  it('has what a registry page shows', () => {
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/^[A-Z].{20,150}[^.]$/),
      keywords: expect.arrayContaining(['tsgi']),
      homepage: `${REPOSITORY}/tree/main/${folder}#readme`,
      bugs: `${REPOSITORY}/issues`,
      repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: folder },
      license: 'MIT',
      author: expect.stringContaining('TSGI'),
      publishConfig: { access: 'public' },
      type: 'module',
      sideEffects: false,
      engines: { node: '>=22.18' },
    })
  })

  it('asks for each dependency by a caret range, of the same release for our own', () => {
    for (const [dependency, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      expect(range).toMatch(/^\^\d+\.\d+\.\d+$/)
      if (dependency.startsWith('@tsgi/')) expect(range).toBe(`^${version}`)
    }
    // 4.1 is the oldest zod that works: it has codecs. Every peer is the user's choice of a version, and optional.
    const { zod = '^4.1.0', ...others } = manifest.peerDependencies ?? {}
    expect(zod).toBe('^4.1.0')
    for (const range of Object.values(others)) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/)
  })

  it('holds every file that its manifest names', () => {
    const named = JSON.stringify([manifest.exports ?? {}, manifest.bin ?? {}]).match(/\.\/[^"*]+\.\w+/g) ?? []
    const targets = named.filter((path) => /\.(js|ts|json)$/.test(path) && !/^\.\/package\.json$/.test(path))
    expect(targets.length).toBeGreaterThan(0)
    expect(targets.filter((path) => !files.has(path.slice(2)))).toEqual([])
    expect(targets.filter((path) => path.startsWith('./src/'))).toEqual([])
  })

  it('holds its licence, and neither a test nor TypeScript that would have to be loaded', () => {
    expect(files.get('LICENSE')?.toString()).toContain('MIT')
    const paths = [...files.keys()].filter((path) => !path.startsWith('templates/'))
    expect(paths.filter((path) => /\.(test|matrix)\.|(^|\/)(node_modules|__pycache__)\//.test(path))).toEqual([])
    expect(paths.filter((path) => /^dist\/.*(?<!\.d)\.ts$/.test(path))).toEqual([])
  })

  it('has a README whose links work on a registry page', () => {
    const readme = files.get('README.md')?.toString() ?? ''
    expect(readme).toMatch(new RegExp(`^# ${name}\n`))
    expect(readme).toMatch(/^npm (?:install|create) /m)
    const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => !/^(https:|#)/.test(link))).toEqual([])
    const ours = links.filter((link) => link.startsWith(`${REPOSITORY}/`))
    const missing = ours
      .map((link) => /\/(?:blob|tree)\/main\/([^#]+)/.exec(link)?.[1])
      .filter((path) => path !== undefined)
    expect(missing.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it.each(['npm/11.0.0 node/v24.0.0 linux x64', 'yarn/4.18.1 npm/? node/v24.0.0 linux x64', undefined])(
    'is not packed by %s, which would leave "workspace:" in its manifest',
    (client) => {
      const script = join(ROOT, 'scripts/prepack.mjs')
      const env = { ...process.env, npm_config_user_agent: client }
      const refused = (): string =>
        execFileSync(process.execPath, [script], { cwd: join(ROOT, folder), env, encoding: 'utf8', stdio: 'pipe' })
      expect(refused).toThrow(
        /^[^\n]*\n(?:@tsgi|create-tsgi)[^\n]+ cannot pack it, because only pnpm resolves [^\n]+\n$/,
      )
      expect(existsSync(join(ROOT, folder, 'tsconfig.build.json'))).toBe(true)
    },
  )

  it('compiles and refuses whenever it is packed or published', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
    expect(scripts).toMatchObject({
      prepack: 'node ../../scripts/prepack.mjs',
      prepublishOnly: 'node ../../scripts/prepack.mjs --check',
    })
  })
})
