/** The shapes in which people export an application, from files as they write them, and what is said of those that listen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@tsgi/contract/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { loadScript } from '../../../packages/server/src/loader/load-script.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0

/** Loads `text` as a file of its own with this extension. */
function load(extension: string, text: string, callable = '') {
  const file = join(folder, `module-${files++}.${extension}`)
  writeFileSync(file, text)
  return loadScript(file + callable, undefined)
}

const FETCH = `{ fetch: () => new Response('hello') }`
const SERVER = `createServer((request, response) => response.end('hello'))`
const IMPORT = `import { createServer } from 'node:http'\n`
const REQUIRE = `const { createServer } = require('node:http')\n`

describe('loadScript', () => {
  it.each<[string, string, string, string?]>([
    ['export default', 'mjs', `export default ${FETCH}`],
    ['export const app', 'ts', `export const app: object = ${FETCH}`],
    ['a promise', 'mjs', `export default Promise.resolve(${FETCH})`],
    ['a name of its own', 'mjs', `export const site = ${FETCH}`, ':site'],
    ['a property', 'mjs', `export const site = { v1: ${FETCH} }`, ':site.v1'],
    ['a factory', 'mjs', `export const create_app = () => (${FETCH})`, ':create_app()'],
    ['a factory that takes its time', 'mjs', `export async function make() { return ${FETCH} }`, ':make()'],
    ['module.exports', 'cjs', `${REQUIRE}module.exports = ${SERVER}`],
    ['module.exports in a .js file', 'js', `${REQUIRE}module.exports = ${SERVER}`],
    ['exports.app', 'cjs', `${REQUIRE}exports.app = ${SERVER}`],
    ['an http.Server', 'mts', `${IMPORT}export const app = ${SERVER}`],
  ])('takes %s', async (_name, extension, text, callable) => {
    const { application, description } = await load(extension, text, callable)
    expect(description).toMatch(/ is an (?:object with fetch\(\)|http\.Server)$/)
    expect((await call(application, '/')).text).toBe('hello')
  })

  it('says of a module that listens by itself where it does, in the first line', async () => {
    const { application, description } = await load(
      'mjs',
      `${IMPORT}export const app = ${SERVER}\napp.listen(0, '127.0.0.1', () => app.close())`,
    )
    expect(description).toMatch(
      /is an http\.Server; it also listens on a port of its own by itself: call listen\(\) only/,
    )
    expect((await call(application, '/')).text).toBe('hello')
  })

  it.each([
    ['mjs', `${IMPORT}const app = ${SERVER}\napp.listen(0, '127.0.0.1', () => app.close())`],
    ['cjs', `${REQUIRE}const app = ${SERVER}\napp.listen(0, '127.0.0.1', () => app.close())`],
  ])('tells a script that only listens (%s) what to export', async (extension, text) => {
    await expect(load(extension, text)).rejects.toThrow(/listens by itself: export the application instead/)
  })
})
