import express from 'express'

/** Stands for the application that you have. It needs no change, except that it must not call `listen()`. */
export const legacy = express()

legacy.get('/orders/:id', (request, response) => {
  response.json({ order: request.params.id, from: 'Express' })
})
