/**
 * What a project with `declaration: true` exports: applications, routes, lists and functions that make them. A compiler
 * writes their types down, so it must be able to name each. TypeScript 5.9, 6 and 7.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'

// Inside the checkout, so that the packages resolve.
const folder = mkdtempSync(join(import.meta.dirname, 'declarations-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const EXPORTS = `
import { Application, cascade, del, events, file, get, group, host, json, mount, path, post, problem, redirect, route, staticFiles, type AnyRequest } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { folder } from '@tsgi/framework/folder'
import { compress, requestId } from '@tsgi/framework/middleware'
import { agent, request } from '@tsgi/framework/testing'
import { z } from 'zod'

export const user = get('/u/:id', { name: 'user' }, ({ params }) => params.id)
export const typed = post('/n/:id', { name: 'note', params: z.object({ id: int }), body: z.object({ title: z.string() }), response: z.object({ id: z.number() }) }, ({ params }) => ({ id: params.id }))
export const several = route(['GET', 'POST'], '/form/*rest', { query: z.object({ page: int.optional() }) }, ({ query }) => json(query))
export const api = group('/api', { middleware: [requestId(), compress()] }, [typed, group('/:team', [del('/x', () => null)])])
export const hosted = host('api.example.com', [user])
export const list = [user, typed, several, api, hosted, mount('/files', (_, start) => (start('200 OK', []), ''))] as const
export const application = new Application([user, typed, api])
export const made = () => new Application(list, { trailingSlash: 'optional' })
export const all = cascade(application, made())
export const url = application.urlFor('user', { id: 7 })
export const note = path('/notes/:id')
export const answers = { json: json(1), moved: redirect('/'), problem: problem({ status: 404 }), file: file('x'), events: events(async function* () { yield 'x' }) }
export const pages = () => [staticFiles('.'), folder('.')]
export const info = application.routes
export const overlaps = application.ambiguities
export const browser = agent(application)
export const draft = request(application).get('/')
export const helper = (any: AnyRequest) => any.cookie('user')
export class Shop extends Application {}
`

const COMPILERS = ['typescript59', 'typescript6', 'typescript']

describe.each(COMPILERS)('with %s', (compiler) => {
  it('every declaration can be written', async () => {
    const name = compiler
    writeFileSync(join(folder, `${name}.ts`), EXPORTS)
    const options = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: { declaration: true, emitDeclarationOnly: true, outDir: join(folder, name), rootDir: ROOT },
      files: [`${name}.ts`],
    }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(options))
    const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc')
    const run = promisify(execFile)(process.execPath, [tsc, '-p', join(folder, `${name}.json`)])
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
    expect(readdirSync(join(folder, name))).not.toEqual([])
  })
})
