/** Short responses of the static files that are not a file: a page for a browser, a line of text for others, one for the operator. */
import type { Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { preferredType } from '../http/accept.ts'
import { headersWith } from '../http/header-list.ts'
import { htmlPage } from '../http/html-page.ts'
import { errorCode } from './descriptor.ts'

/** Responds with the status, as a page for a client that prefers HTML; nothing of the request is repeated. */
export function plainResponse(
  environ: Environ,
  startResponse: StartResponse,
  status: string,
  headers: HeaderList = [],
): string {
  const isPage = preferredType(environ.HTTP_ACCEPT, ['text/plain', 'text/html']) === 'text/html'
  const text = isPage ? htmlPage(status, []) : `${status.slice('404 '.length)}\n`
  const own: HeaderList = [
    ['Content-Type', `text/${isPage ? 'html' : 'plain'}; charset=utf-8`],
    // ASCII only: as many bytes as characters.
    ['Content-Length', String(text.length)],
    ['Vary', 'Accept'],
    ['X-Content-Type-Options', 'nosniff'],
  ]
  startResponse(status, headersWith(own, headers))
  return environ.REQUEST_METHOD === 'HEAD' ? '' : text
}

/** For when this process is out of descriptors or memory: a moment later it may be well again. */
export function overloaded(environ: Environ, startResponse: StartResponse, error: unknown): string {
  reportTo(environ)(`static: cannot open files: ${errorCode(error)}; raise the limit of this process (ulimit -n)`)
  return plainResponse(environ, startResponse, '503 Service Unavailable', [['Retry-After', '1']])
}

/** @returns a function that writes one line for the operator. */
export function reportTo(environ: Environ): (line: string) => void {
  return (line) => environ['wsgi.errors'].write(`${line}\n`)
}
