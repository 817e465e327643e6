/** Holds SPEC.md, the table of clauses, the breaches and the types' references together. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clauses } from '../../packages/contract/src/clauses.ts'
import { breaches } from './breaches/index.ts'

/** How SPEC.md calls what the table calls otherwise. */
const CHECKED: Readonly<Record<string, string>> = { checked: 'always', strict: 'strict', 'not checked': 'never' }

const PACKAGE = new URL('../../packages/contract/', import.meta.url)
const spec = readFileSync(new URL('SPEC.md', PACKAGE), 'utf8')

/** `- **C12** [server; checked: the status] A server MUST …` */
const stated = [
  ...spec.matchAll(/^- \*\*(C\d+)\*\* \[([a-z]+); ([^:\]]+)(?:: ([^\]]+))?\] ([\s\S]*?)(?=\n- \*\*C|\n\n|\n#)/gm),
].map(([, id = '', binds = '', checked = '', remark, text = '']) => ({
  id,
  binds,
  checked: CHECKED[checked],
  remark,
  text,
}))
const table = Object.entries(clauses).map(([id, clause]) => ({ id, ...clause }))

test('every clause of SPEC.md is in the table with the same binding and the same check, in the same order', () => {
  expect(stated.map(({ id, binds, checked }) => ({ id, binds, checked }))).toEqual(table)
})

test('the clauses are numbered without a gap', () => {
  expect(table.map(({ id }) => id)).toEqual(table.map((_, index) => `C${index + 1}`))
})

test.each(stated)('$id says what must, should or may be, in words of its own', ({ text }) => {
  expect(text).toMatch(/\b(MUST|MUST NOT|SHOULD|MAY|is)\b/)
})

test.each(stated.filter(({ checked }) => checked === 'never'))('$id, which is not checked, says why', ({ remark }) => {
  expect(remark).toMatch(/\w+ \w+/)
})

test('every clause that can be checked is broken by a test, and no other', () => {
  const checkable = table.filter(({ checked }) => checked !== 'never').map(({ id }) => id)
  const broken = new Set<string>(breaches.map(({ clause }) => clause))
  expect([...broken].sort(byNumber)).toEqual(checkable)
})

test.each(table.filter(({ checked }) => checked !== 'never'))('$id is broken by whom it binds', ({ id, binds }) => {
  const guilty = new Set(breaches.filter(({ clause }) => clause === id).map(({ by }) => by))
  // C10 binds both; what an application names its keys shows where they come in again, at the next server's extension.
  const bound = binds === 'both' && id !== 'C10' ? ['application', 'server'] : id === 'C10' ? ['server'] : [binds]
  expect([...guilty].sort()).toEqual(bound)
})

test('a clause is strict exactly when some of its breaches pass without the option and SPEC.md says so', () => {
  for (const { id, checked } of table.filter((clause) => clause.checked !== 'never')) {
    const cases = breaches.filter(({ clause }) => clause === id)
    expect([id, cases.every(({ strict }) => strict)]).toEqual([id, checked === 'strict'])
    if (checked === 'always' && cases.some(({ strict }) => strict))
      expect(spec).toMatch(new RegExp(`\\*\\*${id}\\*\\*[^\\]]*strict:`))
  }
})

const sources = readdirSync(new URL('src/', PACKAGE), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)

test.each(sources)('src/%s names only clauses that exist', (name) => {
  const source = readFileSync(new URL(`src/${name}`, PACKAGE), 'utf8')
  const named = [...source.matchAll(/\bC(\d+)(?:[–-]C(\d+))?\b/g)].flatMap(([, from, to]) => [from, to ?? from])
  for (const number of named) expect(Object.keys(clauses)).toContain(`C${number}`)
})

test.each(['application', 'body', 'environ', 'start-response'])('the types of src/%s.ts name their clauses', (name) => {
  const source = readFileSync(new URL(`src/${name}.ts`, PACKAGE), 'utf8')
  for (const doc of source.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\nexport (?:interface|type) (\w+)/g)) {
    if (!INHERITED.has(doc[2] ?? '')) expect([doc[2], /\bC\d+/.test(doc[1] ?? '')]).toEqual([doc[2], true])
  }
})

test('every clause has a type that speaks of it, but for those that concern no type', () => {
  const types = ['application', 'body', 'environ', 'start-response']
    .map((name) => readFileSync(new URL(`src/${name}.ts`, PACKAGE), 'utf8'))
    .join('\n')
  const named = [...types.matchAll(/\bC(\d+)(?:–C(\d+))?\b/g)].flatMap(([, from, to]) =>
    range(Number(from), Number(to ?? from)),
  )
  const silent = stated.map(({ id }) => id).filter((id) => !named.includes(id))
  expect(silent).toEqual(UNTYPED)
})

/** What a server does when something fails behind a response. */
const UNTYPED = ['C84']

/** Parts of a body, whose clauses stand at `Body`. */
const INHERITED = new Set(['Closeable'])

function byNumber(one: string, other: string): number {
  return Number(one.slice(1)) - Number(other.slice(1))
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `C${from + index}`)
}
