/** A page and JSON, bare and behind middleware: `/full` has all four, the others one each. */
import type { Middleware } from '@tsgi/contract'
import { Application, get, html, json, mount, text } from '@tsgi/framework'
import { accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { list, page } from './content.mjs'

const routes = () => [
  get('/', () => text('Hello, world!')),
  get('/page', () => html(page)),
  get('/list', () => json(list)),
]

const behind = (path: string, ...middleware: readonly Middleware[]) =>
  mount(
    path,
    middleware.reduceRight((inner, outer) => outer(inner), new Application(routes()) as Parameters<Middleware>[0]),
  )

export const application = new Application([
  ...routes(),
  behind('/full', requestId(), accessLog(), compress(), conditionalGet()),
  behind('/coded', compress()),
  behind('/logged', accessLog()),
  behind('/named', requestId()),
])
