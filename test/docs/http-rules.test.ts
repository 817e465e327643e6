/** Ids of rules, such as L-05, that code, tests and pages name: each stands in docs/http-rules.md, once. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const PAGE = 'docs/http-rules.md'
const listed = [...readFileSync(join(root, PAGE), 'utf8').matchAll(/^\| ([A-Z]-\d\d) \|/gm)].map(([, id = '']) => id)

it('lists each rule once', () => {
  expect(listed.length).toBeGreaterThan(80)
  expect(listed.filter((id, index) => listed.indexOf(id) !== index)).toEqual([])
})

it('lists every rule that is named', () => {
  const files = globSync(['packages/*/{src,bin,python}/**/*.{ts,js,py}', 'test/**/*.ts', 'docs/**/*.md', '*.md'], {
    cwd: root,
    exclude: (path) => /node_modules|\.tmp|^docs\/(?:api|site)/.test(path),
  })
  const named = files
    .filter((path) => path !== PAGE)
    .flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/(?<![\w-])[A-Z]-\d\d(?![\w-])/g)].map(([id]) => ({
        id,
        path,
      })),
    )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter(({ id }) => !listed.includes(id))).toEqual([])
})
