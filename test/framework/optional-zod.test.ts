/** What the framework does where zod is not installed, and where no code may be made of text. Each in a process of its own. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

// Inside the checkout, so that the packages resolve.
const folder = mkdtempSync(join(import.meta.dirname, 'run-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HIDE_ZOD = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (/^(?:zod(\\/|$)|#zod-core$)/.test(specifier)) throw new Error('no ' + specifier)
    return next(specifier, context)
  },
})
`

const ASK = `
import { call } from '@tsgi/contract/testing'
const ask = (body) => call(application, '/', { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
await new Promise((resolve) => setImmediate(resolve))
for (const body of [{ n: 1 }, { n: 2 }, { n: 'x' }]) console.log((await ask(body)).status)
`

async function run(name: string, program: string, flags: readonly string[] = []): Promise<string> {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, program)
  return (await promisify(execFile)(process.execPath, [...flags, file])).stdout
}

describe('without zod', () => {
  it('the framework loads and runs, also with the schemas of others', async () => {
    writeFileSync(join(folder, 'hide.mjs'), HIDE_ZOD)
    const program = `
import { Application, post } from '@tsgi/framework'
const validate = (value) => typeof value.n === 'number' ? { value } : { issues: [{ message: 'no number' }] }
const body = { '~standard': { version: 1, vendor: 'own', validate } }
const application = new Application([post('/', { body }, ({ body }) => body)])
${ASK}
await import('@tsgi/framework/codecs').catch(() => console.log('no codecs'))`
    const output = await run('bare', program, ['--import', join(folder, 'hide.mjs')])
    expect(output).toBe('200\n200\n422\nno codecs\n')
  })

  it('that the framework can find, a schema of zod’s still works: it is asked by its own methods', async () => {
    // Hidden from the framework only, as where a package manager puts it out of reach.
    writeFileSync(
      join(folder, 'hide-from-us.mjs'),
      HIDE_ZOD.replace('if (', "if (context.parentURL?.includes('/framework/src/') && "),
    )
    const program = `
import { z } from 'zod'
import { Application, post } from '@tsgi/framework'
const application = new Application([post('/', { body: z.object({ n: z.number() }), response: z.object({ n: z.number() }) }, ({ body }) => body)])
${ASK}`
    expect(await run('hidden', program, ['--import', join(folder, 'hide-from-us.mjs')])).toBe('200\n200\n422\n')
  })
})

it('schemas of zod work where no code may be made of text', async () => {
  const program = `
import * as z from 'zod'
import { Application, post } from '@tsgi/framework'
const schema = z.object({ n: z.number(), m: z.coerce.number().default(0) })
const application = new Application([post('/', { body: schema, response: schema }, ({ body }) => body)])
${ASK}
try { new Function('') } catch (error) { console.log(error.name) }`
  const output = await run('strict', program, ['--disallow-code-generation-from-strings'])
  expect(output).toBe('200\n200\n422\nEvalError\n')
})
