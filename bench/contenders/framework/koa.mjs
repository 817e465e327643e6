// Koa has no router of its own: the nearest thing to what its users do is a table and path-to-regexp.
import Koa from 'koa'
import { match } from 'path-to-regexp'
import { paths } from './routes.mjs'

const routes = paths('*path').map((path) => match(path))
const app = new Koa()
app.use((context) => {
  for (const route of routes) {
    const found = route(context.path)
    if (found === false) continue
    context.body = { id: found.params.id, name: 'Ada' }
    return
  }
})
app.listen(Number(process.env.PORT), '127.0.0.1')
