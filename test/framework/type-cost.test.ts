/**
 * What a long table costs the compiler. Instantiations are counted, as they are the same on every machine; time is that
 * of the processor, with room for a slow one.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
// Inside the checkout, so that the packages resolve.
const folder = mkdtempSync(join(import.meta.dirname, 'types-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A table as people write it: half of the routes typed by schemas, in groups of 25, each with a name and a URL asked for. */
function tableOf(length: number): string {
  const routes = Array.from({ length }, (_, i) =>
    i % 2 === 0
      ? `get('/r${i}/:id{/:tab}', { name: 'r${i}', params: z.object({ id: int }), query: z.object({ page: int.default(1), f${i}: z.string().optional() }) }, ({ params, query }) => ({ n: params.id + query.page, tab: params.tab }))`
      : `post('/r${i}/:id', { name: 'r${i}', params: z.object({ id: int }), body: z.object({ title: z.string(), n${i}: z.number() }), response: z.object({ id: z.number() }) }, ({ params, body }) => ({ id: params.id + body.n${i} }))`,
  )
  const groups = Array.from(
    { length: length / 25 },
    (_, i) => `group('/g${i}', [${routes.slice(25 * i, 25 * i + 25).join(',\n')}])`,
  )
  return `
import { Application, get, group, post } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { z } from 'zod'
export const application = new Application([${groups.join(',\n')}])
export const url: string = application.urlFor('r${length - 1}', { id: 7 })
// @ts-expect-error the schema reads a number
export const wrong: string = application.urlFor('r${length - 1}', { id: 'seven' })
`
}

interface Cost {
  readonly instantiations: number
  /** Seconds of processor, all in all: reading the libraries, zod among them, is part of it. */
  readonly seconds: number
}

async function costOf(name: string, text: string): Promise<Cost> {
  writeFileSync(join(folder, `${name}.ts`), text)
  const options = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true },
    files: [`${name}.ts`],
  }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(options))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const parts = ['-p', join(folder, `${name}.json`), '--extendedDiagnostics', '--singleThreaded']
  // The last line of `times` is user and system time of what the shell has waited for (POSIX, times).
  const { stdout } = await promisify(execFile)('sh', ['-c', '"$0" "$@"; echo "exit: $?"; times', tsc, ...parts])
  expect(stdout, stdout).toContain('exit: 0')
  const [, minutes, seconds] = /(\d+)m([\d.]+)s \S+\s*$/.exec(stdout) ?? []
  return {
    instantiations: Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1]),
    seconds: 60 * Number(minutes) + Number(seconds),
  }
}

describe('a table of typed routes', () => {
  const costs: Cost[] = []
  beforeAll(async () => {
    for (const length of [100, 250, 500]) costs.push(await costOf(`table-${length}`, tableOf(length)))
  }, 240_000)

  it('compiles, and each route costs as much as any other', () => {
    const [few = 0, some = 0, many = 0] = costs.map(({ instantiations }) => instantiations)
    const early = (some - few) / 150
    const late = (many - some) / 250
    expect(late).toBeLessThan(early * 1.15)
    // On a quiet machine 500 take the checker 1.1 s, at 1,384 instantiations each: this is the budget, the clock only a bound.
    expect(late).toBeLessThan(1500)
  })

  it('of 500 costs less than 2 seconds of a processor of its own; here it shares one, so thrice that', () => {
    expect(costs[2]?.seconds).toBeLessThan(6)
  })
})
