/**
 * What the client gets to see of an error, and what the operator does. The page is HTML for a browser, a problem
 * (RFC 9457) for a program, plain text for all others; of the request it shows its id and nothing else.
 */
import type { Environ } from '@tsgi/contract'
import { preferredType } from '../http/accept.ts'
import { escapeHtml } from '../http/escape-html.ts'
import { htmlPage } from '../http/html-page.ts'
import type { HttpError } from '../http/http-error.ts'
import { reasonOf } from '../http/status.ts'
import { problem } from '../response/problem.ts'
import { html, type Response, text } from '../response/response.ts'
import { type FieldError, ValidationError } from '../validation/validation-error.ts'

const FORMS = ['text/plain', 'text/html', 'application/problem+json', 'application/json'] as const

/**
 * The answer to an error: its status, its message, its headers; and its fields, if it is a ValidationError.
 * @param requestId of an error that is in the log, by which it can be found there.
 */
export function errorPage(error: HttpError, environ: Environ, requestId?: string): Response {
  const page = pageOf(error, requestId)
  const headers = [['Vary', 'Accept'] as const, ...error.headers]
  const form = errorFormOf(environ, page.fields.length > 0)
  if (form === 'html') return html(htmlOf(page), error.status, headers)
  return form === 'text' ? text(textOf(page), error.status, headers) : problem(problemOf(error, page), headers)
}

/**
 * The form in which a client wants an error. A client without a preference gets text; a problem if there are fields in it, or if
 * it has sent JSON itself.
 */
export function errorFormOf(environ: Environ, hasFields: boolean): 'html' | 'text' | 'problem' {
  const forms = hasFields || JSON_TYPE.test(environ.CONTENT_TYPE ?? '') ? FORMS.toReversed() : FORMS
  const preferred = preferredType(environ.HTTP_ACCEPT, forms) ?? forms[0]
  if (preferred === 'text/html') return 'html'
  return preferred === 'text/plain' ? 'text' : 'problem'
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i

/** One entry of the operator's log for an unexpected error, with its causes. */
export function logError(error: unknown, environ: Environ, requestId: string): void {
  const log = environ['wsgi.errors']
  const request = `${environ.REQUEST_METHOD} ${environ.SCRIPT_NAME}${environ.PATH_INFO}`
  log.write(printable(`${request} failed (request ${requestId})`, false))
  log.write(`: ${printable(stackOf(error), true)}\n`)
  const route = environ['tsgi.route']
  if (typeof route === 'string') log.write(`    in the route ${printable(route, false)}\n`)
  log.flush()
}

/** The id that a middleware has given the request, or one of our own, which the environ keeps from then on. */
export function requestIdOf(environ: Environ): string {
  const known = environ['tsgi.request_id']
  if (typeof known === 'string' && known !== '') return known
  const made = crypto.randomUUID()
  environ['tsgi.request_id'] = made
  return made
}

interface Page {
  readonly title: string
  readonly message: string
  readonly fields: readonly FieldError[]
  readonly requestId: string | undefined
}

function pageOf(error: HttpError, requestId: string | undefined): Page {
  const reason = reasonOf(error.status)
  return {
    title: `${error.status} ${reason}`.trim(),
    message: error.message === reason ? '' : error.message,
    fields: error instanceof ValidationError ? error.errors : [],
    requestId,
  }
}

function htmlOf({ title, message, fields, requestId }: Page): string {
  const items = fields.map(
    (field) => `<li><code>${escapeHtml(placeOf(field))}</code>: ${escapeHtml(field.message)}</li>`,
  )
  return htmlPage(title, [
    ...(message === '' ? [] : [`<p>${escapeHtml(message)}</p>`]),
    ...(items.length === 0 ? [] : ['<ul>', ...items, '</ul>']),
    ...(requestId === undefined ? [] : [`<p>Request <code>${escapeHtml(requestId)}</code></p>`]),
  ])
}

function textOf({ title, message, fields, requestId }: Page): string {
  const lines = [message || title, ...fields.map((field) => `${placeOf(field)}: ${field.message}`)]
  if (requestId !== undefined) lines.push(`Request ${requestId}`)
  return `${lines.join('\n')}\n`
}

function problemOf(error: HttpError, { message, fields, requestId }: Page) {
  return {
    status: error.status,
    ...(message === '' ? {} : { detail: message }),
    ...(fields.length === 0 ? {} : { errors: fields }),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

/** `body.items.0.name` */
function placeOf(field: FieldError): string {
  return [field.in, ...field.path].join('.')
}

function stackOf(error: unknown): string {
  const [first, ...causes] = causesOf(error).map(stackOfOne)
  return [first ?? thrown(error), ...causes].join('\ncaused by: ')
}

function stackOfOne(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : thrown(error)
}

/** What was thrown and is no error: an object by its members, as it has no message. */
function thrown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `${typeof value} thrown: ${String(value)}`
  if (typeof globalThis.Response === 'function' && value instanceof globalThis.Response)
    return 'a Response of fetch thrown; throw one of the framework: redirect(…), json(…), new Response(…)'
  try {
    return `object thrown: ${JSON.stringify(value).slice(0, 1000)}`
  } catch {
    return 'object thrown, which has no JSON form'
  }
}

/** The error, its causes and the errors that it gathers, at most eight, none twice. */
export function causesOf(error: unknown): readonly unknown[] {
  const seen: unknown[] = []
  const waiting = [error]
  while (waiting.length > 0 && seen.length < 8) {
    const at = waiting.shift()
    if (at === undefined || seen.includes(at)) continue
    seen.push(at)
    if (at instanceof AggregateError) waiting.push(...at.errors.slice(0, 8))
    if (at instanceof Error) waiting.push(at.cause)
  }
  return seen
}

/** Control and format characters would forge log lines, or have them read otherwise than they are written. */
function printable(text: string, lines: boolean): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    if (lines && character === '\n') return '\n'
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}
