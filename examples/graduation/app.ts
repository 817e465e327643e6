/**
 * The graduation site: a URL list, two bare callables, a folder of static pages (one of them in GBK), a 404 page.
 * `npx pnpm@12 start` serves it; any other TSGI server can.
 */
import { fileURLToPath } from 'node:url'
import { Application, get, html } from '@tsgi/framework'
import { mynews } from './mynews.ts'
import { mytime } from './mytime.ts'
import { page } from './page.ts'

export const application = new Application(
  [
    get('/', () => html(page('Graduation', HOME))),
    ['/mytime', mytime], // bare contract callables, as in WSGI
    ['/mynews', mynews],
  ],
  {
    static: {
      root: fileURLToPath(new URL('./static', import.meta.url)),
      charset: { 'biye.html': 'gbk' },
    },
    notFound: () => html(page('Not found', NOT_FOUND), 404),
  },
)

const HOME = `
    <p>This site was somebody's graduation work: a list of URLs, and a callable behind each of them.</p>
    <ul>
      <li><a href="/mytime">/mytime</a> tells the time</li>
      <li><a href="/mynews">/mynews</a> tells the news, a line at a time</li>
      <li><a href="/static/index.html">/static/index.html</a> is a file</li>
      <li><a href="/static/biye.html">/static/biye.html</a> is an old page, written in GBK</li>
      <li><a href="/nowhere">/nowhere</a> is not there</li>
    </ul>`

const NOT_FOUND = `
    <p>There is no such page here. <a href="/">Back to the first page.</a></p>`
