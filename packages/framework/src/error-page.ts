/**
 * What the client gets to see of an error, and what the operator does. The page is HTML for a browser and plain text
 * for all others; of the request it shows nothing. Called by application.ts.
 */
import type { Environ } from '@tsgi/contract'
import type { HttpError } from './errors.ts'
import { escapeHtml, html, type Response, text } from './response.ts'
import { reasonOf } from './status.ts'

/** The answer to an error: its status, its message, its headers. */
export function errorPage(error: HttpError, environ: Environ): Response {
  const title = `${error.status} ${reasonOf(error.status)}`.trim()
  const message = error.message === reasonOf(error.status) ? '' : error.message
  const headers = [['Vary', 'Accept'] as const, ...error.headers]
  if (!prefersHtml(environ.HTTP_ACCEPT)) return text(`${message || title}\n`, error.status, headers)
  return html(pageOf(title, message), error.status, headers)
}

/** One entry of the operator's log for an error that nobody expected, with its causes. */
export function logError(error: unknown, environ: Environ): void {
  const log = environ['wsgi.errors']
  log.write(printable(`${environ.REQUEST_METHOD} ${environ.SCRIPT_NAME}${environ.PATH_INFO}`, false))
  log.write(` failed: ${printable(stackOf(error), true)}\n`)
  log.flush()
}

/** A browser names `text/html` in Accept (RFC 9110 §12.5.1); a bare wildcard, as of curl and fetch, is no wish for it. */
function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    return type === 'text/html' && !parameters.some((parameter) => /^q=0(?:\.0{0,3})?$/.test(parameter))
  })
}

function pageOf(title: string, message: string): string {
  const heading = escapeHtml(title)
  const paragraph = message === '' ? '' : `<p>${escapeHtml(message)}</p>\n`
  return (
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width">\n<title>${heading}</title>\n<h1>${heading}</h1>\n${paragraph}</html>\n`
  )
}

function stackOf(error: unknown): string {
  const seen: unknown[] = []
  const parts: string[] = []
  for (
    let at = error;
    at !== undefined && !seen.includes(at) && seen.length < 8;
    at = at instanceof Error ? at.cause : undefined
  ) {
    seen.push(at)
    parts.push(at instanceof Error ? (at.stack ?? String(at)) : `${typeof at} thrown: ${String(at)}`)
  }
  return parts.join('\ncaused by: ')
}

/** Control characters would forge log lines or move the cursor of who reads them. */
function printable(text: string, lines: boolean): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => {
    if (lines && character === '\n') return '\n'
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}
