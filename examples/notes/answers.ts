/**
 * How the site answers: as a page for a person, as JSON for a program, from the same routes. Knows requests and
 * responses; no notes.
 */
import { html, type Markup, type Request, type Response, redirect } from '@tsgi/framework'
import type { Flash } from './flash.ts'
import { layout } from './pages/layout.ts'

/** What a request is answered in. One that sends JSON is a program, whatever it says that it takes. */
export function formFor(request: Pick<Request, 'accepts' | 'environ'>): 'html' | 'json' {
  if (request.environ.CONTENT_TYPE?.startsWith('application/json') === true) return 'json'
  return request.accepts('html', 'json') ?? 'html'
}

/** The answer depends on `Accept`, and on the cookie with the message. */
export const VARY = ['Vary', 'Accept, Cookie'] as const

/** Nothing but our own style sheet, and nobody else's frame or form. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export interface Page {
  readonly title: string
  readonly main: Markup
}

/** A page as a response. It is kept by the browser, and asked for again each time: `conditionalGet` says 304. */
export function pageResponse(page: Page, status = 200, message?: string): Response {
  return html(layout(page, message), status, [
    VARY,
    ['Cache-Control', message === undefined ? 'private, no-cache' : 'no-store'],
    ['Content-Security-Policy', POLICY],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'same-origin'],
  ])
}

/** A page with the message that waits for whoever asks, if there is one. */
export async function pageFor(
  request: Pick<Request, 'environ' | 'cookies'>,
  flash: Flash,
  page: Page,
): Promise<Response> {
  const waiting = await flash.take(request)
  if (waiting === undefined) return pageResponse(page)
  return pageResponse(page, 200, waiting.message).withHeaders([waiting.forget])
}

/** After a form: on to a page, with a message, so that a reload sends nothing twice. */
export async function seeNext(
  request: Pick<Request, 'environ' | 'cookies'>,
  flash: Flash,
  location: string,
  message: string,
): Promise<Response> {
  return redirect(location, 303, [await flash.set(request, message)])
}
