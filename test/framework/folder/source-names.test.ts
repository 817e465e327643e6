/** Names of sources and programs: what is run, what is never sent, and what is a page or data. */
import { describe, expect, it } from 'vitest'
import { isHiddenFile, isProgram, isSource } from '../../../packages/framework/src/folder/source-names.ts'

describe('where programs are run', () => {
  it.each([
    ...['page.ts', 'page.tsold', 'page.ts2', 'page.es6', 'page.coffee', 'page.vue', 'page.svelte', 'page.astro'],
    ...['page.node', 'PAGE.TS', 'page.ts~', 'page.py.bak', 'page.pyc', 'page.js.map', 'page.vue.bak', 'page.vue~'],
    ...['package.json', 'package-lock.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'yarn.lock', 'bun.lock'],
    ...['tsconfig.json', 'tsconfig.build.json', 'jsconfig.json', 'deno.jsonc', 'Dockerfile', 'Dockerfile.dev'],
    ...['tsgi.config.ts', 'tsgi.config.json', 'TSGI.config.mjs', 'pyproject.toml', 'requirements-dev.txt'],
    ...['compose.yaml', 'docker-compose.yml', 'data.db', 'notes.sqlite3', 'notes.sqlite-wal'],
  ])('%s is never sent', (name) => {
    expect(isSource(name)).toBe(true)
    expect(isHiddenFile(`sub/${name}`)).toBe(true)
  })

  it.each([
    ...['index.html', 'list.tsv', 'data.json', 'lines.jsonl', 'data.json5', 'site.webmanifest', 'photo.png'],
    ...[
      'main.wasm',
      'intro.node.html',
      'guide.vue.html',
      'robots.txt',
      'my-package.json',
      'composer.html',
      'requirements.html',
    ],
    ...['database.html', 'db', 'es', 'notes.es.html', 'style.css', 'ts', 'py.html'],
  ])('%s is sent', (name) => {
    expect(isHiddenFile(name)).toBe(false)
  })

  it('the configuration of the server is no program', () => {
    expect(['tsgi.config.ts', 'sub/tsgi.config.js', 'TSGI.CONFIG.mjs'].filter(isProgram)).toEqual([])
    expect(['config.ts', 'a/page.js', 'tsgi.ts', 'my.tsgi.config.ts'].every(isProgram)).toBe(true)
  })
})
