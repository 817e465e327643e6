import { H3, serve } from 'h3'
import { paths } from './routes.mjs'

const app = new H3()
for (const path of paths('**')) app.get(path, (event) => ({ id: event.context.params?.id, name: 'Ada' }))
serve(app, { port: Number(process.env.PORT), hostname: '127.0.0.1', silent: true })
