/** The news, as a bare contract callable that streams its body: a generator is a body too. */
import type { Application } from '@tsgi/contract'
import { markup } from '@tsgi/framework'
import { page } from './page.ts'

const NEWS = [
  ['1993', 'CGI: a web server runs a program for each request.'],
  ['2003', 'WSGI: one callable, and any Python framework runs on any Python server.'],
  ['2026', 'TSGI: the same for TypeScript.'],
] as const

const MARK = '<!-- news -->'
const [HEAD = '', TAIL = ''] = String(page('/mynews', 'My news', markup`<dl class="news"><!-- news --></dl>`)).split(
  MARK,
)

export const mynews: Application = function* (_environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/html; charset=utf-8']])
  yield HEAD
  for (const [year, line] of NEWS) yield `\n      <dt>${year}</dt><dd>${line}</dd>`
  yield TAIL
}
