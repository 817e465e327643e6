/**
 * The site as a list of routes, on a store. Says what is answered where, what stands around it, and how errors look;
 * what each view does is in routes/. Called by app.ts, and by tests.
 */
import { fileURLToPath } from 'node:url'
import { Application, type ApplicationOptions, get, HttpError, redirect, ValidationError } from '@tsgi/framework'
import { developmentPage } from '@tsgi/framework/development'
import { accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { formFor, pageResponse } from './answers.ts'
import { Flash } from './flash.ts'
import { links } from './links.ts'
import { errorPage } from './pages/error-page.ts'
import { attachmentRoutes } from './routes/attachment-routes.ts'
import { noteRoutes } from './routes/note-routes.ts'
import { sameOrigin } from './same-origin.ts'
import type { Store } from './store/store.ts'

export function makeSite(store: Store) {
  const flash = new Flash(store.cookies)
  return new Application(
    [get('/', () => redirect(links.notes())), ...noteRoutes(store, flash), ...attachmentRoutes(store, flash)],
    {
      // Tags are made of the plain octets, so conditionalGet is the inner one: compress makes them weak.
      middleware: [requestId(), accessLog(), compress(), conditionalGet(), sameOrigin],
      static: { root: fileURLToPath(new URL('./static', import.meta.url)), maxAge: 3600 },
      onError: answerError,
      // It shows source and environ: only where somebody has asked for that.
      errorPage: developmentPage(),
    },
  )
}

/** A person gets a page of ours, a program what the framework makes of the error. */
const answerError: NonNullable<ApplicationOptions['onError']> = (error, request, shown) => {
  const told = isAboutPath(error) ? new HttpError(404) : shown
  if (formFor(request) === 'json') throw told === shown ? error : told
  return pageResponse(errorPage(told, request.environ['tsgi.request_id']), told.status)
}

/** `/notes/seven` is a path at which there is nothing, as `/notes/0` is: 404, where the framework says 400. */
function isAboutPath(error: unknown): boolean {
  return error instanceof ValidationError && error.errors.every((each) => each.in === 'params')
}
