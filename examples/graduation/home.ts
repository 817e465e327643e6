/** The first page, and the page for what is missing. */
import { html, type Markup, markup, type Response } from '@tsgi/framework'
import { page } from './page.ts'

const ROOMS = [
  ['/mytime', 'The time', 'A bare callable, kept live by server-sent events.'],
  ['/mynews', 'The news', 'A generator: the body is sent a line at a time.'],
  ['/congratulate', 'A form', 'Validated by a schema that also gives the view its types.'],
  ['/environ', 'Your request', 'The environ: all that an application knows of a request.'],
  ['/routes', 'The routes', 'The table that this site is made of.'],
  ['/static/biye.html', 'An old page', 'Written in GBK, with its picture, as it lies on the disk.'],
  ['/static/index.html', 'A static page', 'A file, with its type, its date and its tag.'],
  ['/nowhere', 'Nothing', 'A page that is not there.'],
] as const

/** A response is a value that never changes: made once, sent to all. */
const HOME = html(
  String(
    page(
      '/',
      'Graduation',
      markup`
      <p class="lead">This site was a graduation work: a list of URLs, and a callable behind each of them.</p>
      <ul class="rooms">
        ${ROOMS.map(([href, name, about]) => markup`<li><a href="${href}">${name}</a><code>${href}</code><p>${about}</p></li>`)}
      </ul>`,
    ),
  ),
)

export function home(): Response {
  return HOME
}

export function notFoundPage(): Markup {
  return page(
    '',
    'Not found',
    markup`
      <p class="lead">There is no such page here.</p>
      <p><a href="/routes">These pages are there</a>, and <a href="/">the first one</a> leads to them.</p>`,
  )
}
