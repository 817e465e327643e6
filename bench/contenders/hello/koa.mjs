import Koa from 'koa'

const app = new Koa()
app.use((context) => {
  context.body = 'Hello, world!'
})
app.listen(Number(process.env.PORT), '127.0.0.1')
