import { fileURLToPath } from 'node:url'
import { Application, get, html, post } from '@tsgi/framework'
import { NewEntry, showAgain, showBook, sign } from './guest-book.ts'
import { page } from './page.ts'

export const application = new Application(
  [
    get('/', { name: 'home' }, () => showBook()),
    post('/', { body: NewEntry, onInvalid: showAgain }, ({ body }) => sign(body)),
    get('/hello/:name', ({ params }) => page('Hello', `Hello, ${params.name}!`)),
  ],
  {
    static: fileURLToPath(new URL('../static', import.meta.url)),
    notFound: () => html(String(page('Not found', 'There is no such page.')), 404),
  },
)
