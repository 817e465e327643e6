import express from 'express'

const app = express()
app.use('/static', express.static(process.env.BENCH_FILES))
app.listen(Number(process.env.PORT), '127.0.0.1')
