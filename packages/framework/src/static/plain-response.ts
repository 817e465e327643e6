/** Short answers of the static files that are not a file: a line of text for the client, one for the operator. */
import type { Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { headersWith } from '../http/header-list.ts'
import { errorCode } from './descriptor.ts'

/** Answers with the reason phrase as text; nothing of the request is repeated. */
export function plainResponse(
  environ: Environ,
  startResponse: StartResponse,
  status: string,
  headers: HeaderList = [],
): string {
  const text = `${status.slice('404 '.length)}\n`
  const own: HeaderList = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(text.length)],
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
