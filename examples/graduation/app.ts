/**
 * The graduation site: a URL list, two bare callables, live events, a validated form, a folder of static pages (one of them
 * in GBK), a 404 page. `npx pnpm@12 start` serves it; any other TSGI server can.
 */
import { fileURLToPath } from 'node:url'
import { Application, events, get, html, type Markup, post, redirect } from '@tsgi/framework'
import { Card, linkTo, showAgain, showCard, showForm } from './congratulate.ts'
import { environPage } from './environ.ts'
import { home, notFoundPage } from './home.ts'
import { mynews } from './mynews.ts'
import { mytime, ticks } from './mytime.ts'
import { routesPage } from './routes.ts'

export const application = new Application(
  [
    get('/', { name: 'home' }, home),
    ['/mytime', mytime], // bare contract callables, as in WSGI
    ['/mynews', mynews],
    get('/mytime/live', { name: 'live' }, () => events(ticks)),
    get('/congratulate', { name: 'form' }, () => showForm()),
    post('/congratulate', { body: Card, onInvalid: showAgain }, ({ body }) => redirect(linkTo(body), 303)),
    get('/card', { name: 'card', query: Card }, ({ query }) => showCard(query)),
    get('/environ', { name: 'environ' }, ({ environ }) => environPage(environ)),
    get('/routes', { name: 'routes' }, (): Markup => routesPage(application.routes)),
  ],
  {
    static: {
      root: fileURLToPath(new URL('./static', import.meta.url)),
      charset: { 'biye.html': 'gbk' },
    },
    notFound: () => html(String(notFoundPage()), 404),
  },
)
