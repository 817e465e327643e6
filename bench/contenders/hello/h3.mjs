import { H3, serve } from 'h3'

const app = new H3()
app.get('/', () => 'Hello, world!')
serve(app, { port: Number(process.env.PORT), hostname: '127.0.0.1', silent: true })
