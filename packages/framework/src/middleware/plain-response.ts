/**
 * Responses that a guard sends in place of the application, and headers that it adds to those of the application. As
 * plain as can be: a guard may stand around anything, so it has no error pages. Knows the contract only.
 */
import type { Body, HeaderList, StartResponse } from '@tsgi/contract'

/** Begins a refusal that no cache keeps. @param status with its phrase: `403 Forbidden`. @param text one line. */
export function refuse(startResponse: StartResponse, status: string, text: string, headers: HeaderList = []): Body {
  startResponse(status, [...PLAIN, ...headers])
  return `${text}\n`
}

const PLAIN: HeaderList = [
  ['Content-Type', 'text/plain; charset=utf-8'],
  ['Cache-Control', 'no-store'],
]

/** Begins a redirect. @param location is also the text. */
export function redirectTo(startResponse: StartResponse, status: string, location: string): Body {
  startResponse(status, [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Location', location],
  ])
  return `${location}\n`
}

/** A `startResponse` that changes the headers of every head that goes by. */
export function withHeaders(
  startResponse: StartResponse,
  change: (headers: HeaderList, status: string) => HeaderList,
): StartResponse {
  return (status, headers, error) => {
    const changed = change(headers, status)
    return error === undefined ? startResponse(status, changed) : startResponse(status, changed, error)
  }
}

/** Whether a header of this name is there. @param name in lower case. */
export function hasHeader(headers: HeaderList, name: string): boolean {
  return headers.some(([each]) => each.toLowerCase() === name)
}

/** The headers without those of these names. @param names in lower case. */
export function without(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([name]) => !names.has(name.toLowerCase()))
}

/** `Vary` with these names in it (RFC 9110 §12.5.5); a `*` says all of them already. */
export function varying(headers: HeaderList, ...names: readonly string[]): HeaderList {
  const given = headers.flatMap(([name, value]) => (name.toLowerCase() === 'vary' ? value.split(',') : []))
  const known = new Set(given.map((name) => name.trim().toLowerCase()))
  const missing = known.has('*') ? [] : names.filter((name) => !known.has(name.toLowerCase()))
  if (missing.length === 0) return headers
  const all = [...given.map((name) => name.trim()).filter((name) => name !== ''), ...missing]
  return [...without(headers, VARY), ['Vary', all.join(', ')]]
}

const VARY: ReadonlySet<string> = new Set(['vary'])
