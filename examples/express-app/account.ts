/**
 * Signing in and out, with a session.
 */
import express, { Router } from 'express'
import { page } from './page.ts'

declare module 'express-session' {
  interface SessionData {
    name: string
  }
}

export const account = Router()

account.get('/sign-in', (_request, response) => {
  response.send(page('Sign in', '<form method="post"><input name="name"><button>Sign in</button></form>'))
})

account.post('/sign-in', express.urlencoded({ extended: false, limit: '10kb' }), (request, response, next) => {
  const name: unknown = request.body?.name
  if (typeof name !== 'string' || !/^[\p{L} ]{1,40}$/u.test(name)) {
    response.status(422).send(page('Sign in', 'A name has letters.'))
    return
  }
  request.session.regenerate((error: unknown) => {
    if (error) next(error)
    else {
      request.session.name = name
      response.redirect(303, '/account')
    }
  })
})

account.get('/', (request, response) => {
  if (request.session.name === undefined) response.redirect('/account/sign-in')
  else response.json({ name: request.session.name })
})

account.post('/sign-out', (request, response, next) => {
  request.session.destroy((error: unknown) => {
    if (error) next(error)
    else response.clearCookie('sid').redirect(303, '/')
  })
})
