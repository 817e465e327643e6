/** `tsgi routes`: the table of an application, for people and for programs. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { routesCommand } from '../../../packages/server/src/cli/routes-command.ts'
import { folderOf, run } from '../../support/own-command.ts'

const APP = `
import { Application, get, group, json, mount, post } from '@tsgi/framework'
import { accessLog } from '@tsgi/framework/middleware'

const bare = (environ, startResponse) => {
  startResponse('200 OK', [])
  return ''
}
export const application = new Application([
  get('/', () => 'home'),
  ['/hello', bare],
  group('/api', [get('/users/:id', { name: 'user' }, () => json(1)), post('/users', () => json(2))]),
  mount('/admin', bare),
])
export const overlapping = new Application([get('/:lang/about', () => ''), get('/help/:topic', () => '')], { onAmbiguity: 'allow' })
export const empty = new Application([])
export const wrapped = accessLog()(application)
export const create = () => application
export const odd = Object.assign(() => '', { routes: [{ path: '/' }] })
export const hosted = Object.assign(() => '', {
  routes: [
    { pattern: '', host: 'c.test', methods: undefined, kind: 'mount', place: 'routes[2]', name: undefined },
    { pattern: '/', host: 'a.test', methods: ['GET', 'PUT'], kind: 'view', place: 'routes[0]', name: undefined },
    { pattern: '/b', host: undefined, methods: undefined, kind: 'callable', place: 'routes[1]', name: 'b' },
  ],
})
`

const routes = (...args: string[]) => {
  const folder = folderOf({ 'app.ts': APP })
  return run(
    routesCommand,
    args.map((arg) => (arg.startsWith('app.ts') ? join(folder, arg) : arg)),
  )
}

it('prints the table, aligned, in the order in which routes are tried', async () => {
  const { code, stdout, stderr } = await routes('app.ts:application')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.toString()).toBe(
    [
      'METHODS  PATTERN         NAME  KIND      PLACE',
      'GET      /               -     view      routes[0]',
      'any      /hello          -     callable  routes[1]',
      'GET      /api/users/:id  user  view      routes[2][0]',
      'POST     /api/users      -     view      routes[2][1]',
      'any      /admin          -     mount     routes[3]',
      '',
    ].join('\n'),
  )
})

it('prints it as JSON', async () => {
  const { stdout } = await routes('app.ts:create()', '--json')
  const { routes: rows, ambiguities } = JSON.parse(stdout.toString())
  expect(ambiguities).toEqual([])
  expect(rows).toEqual([
    { methods: ['GET'], pattern: '/', name: null, kind: 'view', place: 'routes[0]' },
    { methods: null, pattern: '/hello', name: null, kind: 'callable', place: 'routes[1]' },
    { methods: ['GET'], pattern: '/api/users/:id', name: 'user', kind: 'view', place: 'routes[2][0]' },
    { methods: ['POST'], pattern: '/api/users', name: null, kind: 'view', place: 'routes[2][1]' },
    { methods: null, pattern: '/admin', name: null, kind: 'mount', place: 'routes[3]' },
  ])
})

it('prints which entries overlap, with a path that both match', async () => {
  expect((await routes('app.ts:overlapping')).stdout.toString()).toBe(
    [
      'METHODS  PATTERN       NAME  KIND  PLACE',
      'GET      /:lang/about  -     view  routes[0]',
      'GET      /help/:topic  -     view  routes[1]',
      '',
      'Both match, and the first answers:',
      '/help/about  routes[0] (GET "/:lang/about"), not routes[1] (GET "/help/:topic")',
      '',
    ].join('\n'),
  )
  expect(JSON.parse((await routes('app.ts:overlapping', '--json')).stdout.toString()).ambiguities).toEqual([
    { first: 'routes[0] (GET "/:lang/about")', second: 'routes[1] (GET "/help/:topic")', example: '/help/about' },
  ])
})

it('prints hosts where there are any, and the head of an empty table', async () => {
  expect((await routes('app.ts:hosted')).stdout.toString()).toBe(
    [
      'METHODS   HOST    PATTERN  NAME  KIND      PLACE',
      'any       c.test  /        -     mount     routes[2]',
      'GET, PUT  a.test  /        -     view      routes[0]',
      'any       *       /b       b     callable  routes[1]',
      '',
    ].join('\n'),
  )
  expect((await routes('app.ts:empty')).stdout.toString()).toBe('METHODS  PATTERN  NAME  KIND  PLACE\n')
})

describe('one line and exit code 2', () => {
  it.each([
    ['for a middleware around an application', ['app.ts:wrapped'], /app\.ts:wrapped has no route table: /],
    ['for something that only looks like a table', ['app.ts:odd'], /has no route table/],
    ['for no application', [], /name one application/],
    ['for two', ['app.ts', 'app.ts'], /name one application/],
    ['for an unknown flag', ['app.ts', '--yaml'], /Unknown option '--yaml'; usage: tsgi routes/],
    ['for a module that is not there', ['missing.ts'], /cannot find module missing\.ts/],
  ])('%s', async (_what, args, message) => {
    const failing = routes(...args)
    await expect(failing).rejects.toMatchObject({
      name: 'ConfigError',
      exitCode: 2,
      message: expect.stringMatching(message),
    })
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('\n') })
  })
})

it('tells its usage', async () => {
  expect((await routes('--help')).stdout.toString()).toBe('Usage: tsgi routes MODULE[:CALLABLE] [--json]\n')
})
